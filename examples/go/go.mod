module example

go 1.19

require github.com/kaltura/kaltura-session/bindings/go v0.0.0

replace github.com/kaltura/kaltura-session/bindings/go => ../../bindings/go
