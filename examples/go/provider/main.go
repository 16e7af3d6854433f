// A valid KS, always at hand. The settings come from the environment:
//
//	PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE
//
// Sessions of three seconds show in a short time what else takes a day.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	kaltura "github.com/kaltura/kaltura-session/bindings/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var failure *kaltura.Error
		if errors.As(err, &failure) {
			fmt.Fprintln(os.Stderr, failure.Hint)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	options, err := fromEnvironment()
	if err != nil {
		return err
	}
	provider, err := kaltura.NewProvider(options)
	if err != nil {
		return err
	}
	defer provider.Close()

	fmt.Println("Four goroutines ask at once: one refresh serves them all.")
	var wait sync.WaitGroup
	for i := 0; i < 4; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := load(ctx, provider); err != nil {
				fmt.Println(err)
			}
		}()
	}
	wait.Wait()

	fmt.Println("Another call was refused with INVALID_KS: the session is dropped, and the next load brings another.")
	if refused := provider.Peek(); refused != nil {
		if provider.ReportError(refused.KS(), "INVALID_KS", "EXPIRED") == kaltura.AdviceRefreshAndRetry {
			if err := load(ctx, provider); err != nil {
				return err
			}
		}
	}

	fmt.Println("In the last fifth of its life a session is refreshed behind the scenes.")
	for i := 0; i < 8; i++ {
		time.Sleep(500 * time.Millisecond)
		if err := load(ctx, provider); err != nil {
			return err
		}
	}
	return nil
}

func fromEnvironment() (*kaltura.Options, error) {
	partnerID, err := strconv.ParseInt(os.Getenv("PARTNER_ID"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("PARTNER_ID: %w", err)
	}
	options := &kaltura.Options{
		PartnerID:  partnerID,
		AppTokenID: os.Getenv("APP_TOKEN_ID"),
		AppToken:   os.Getenv("APP_TOKEN"),
		ServiceURL: os.Getenv("SERVICE_URL"),
		Expiry:     3 * time.Second,
	}
	options.Log = func(_ kaltura.LogLevel, line string) { fmt.Println("  provider:", line) }
	if path := os.Getenv("CA_FILE"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		options.CAPEM = []string{string(pem)}
	}
	return options, nil
}

func load(ctx context.Context, provider *kaltura.Provider) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	session, err := provider.Load(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	ks := session.KS()
	// The end of a KS tells one from another and shows nothing secret.
	fmt.Printf("session of %d ms ...%s\n", session.Remaining().Milliseconds(), ks[len(ks)-8:])
	return nil
}
