// 10,000 sessions and what goes with them: half are closed, half are left to the garbage collector.
package main

import (
	"context"
	"os"
	"runtime"
	"time"

	kaltura "github.com/kaltura/kaltura-session/bindings/go"
)

func main() {
	options := &kaltura.Options{PartnerID: 101, AppTokenID: "0_sha256tk", AppToken: "303132333435363738393a3b3c3d3e3f",
		ServiceURL: os.Getenv("FAKE_URL"), HashType: kaltura.HashTypeSHA256,
		Callbacks: kaltura.Callbacks{Log: func(kaltura.LogLevel, string) {}}}
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for i := 0; i < 500; i++ {
		provider := must(kaltura.NewProvider(options))
		for j := 0; j < 10; j++ {
			must(provider.Load(ctx)).Close()
			must(provider.Load(ctx))
			provider.Load(cancelled)
			provider.Peek()
			provider.Invalidate("")
		}
		if i%2 == 0 {
			provider.Close()
		}
	}
	for i := 0; i < 5000; i++ {
		must(kaltura.StartSession(ctx, options))
	}
	carried, hashed := *options, *options
	carried.Transport = func(_ context.Context, exchange *kaltura.Exchange) { exchange.Fail(kaltura.StatusTLS, "") }
	hashed.AppToken = ""
	hashed.TokenHash = func(context.Context, string) (string, error) { return "no hash", nil }
	for i := 0; i < 100; i++ {
		kaltura.StartSession(ctx, &kaltura.Options{})
		kaltura.StartSession(ctx, &carried)
		kaltura.StartSession(ctx, &hashed)
	}
	for i := 0; i < 10; i++ {
		runtime.GC()
		time.Sleep(50 * time.Millisecond)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
