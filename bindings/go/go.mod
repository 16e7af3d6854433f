module github.com/kaltura/kaltura-session/bindings/go

go 1.19
