// The wrapper against the fake server that FAKE_URL names.
package kaltura_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	kaltura "github.com/kaltura/kaltura-session/bindings/go"
)

const token = "303132333435363738393a3b3c3d3e3f"

func options() *kaltura.Options {
	return &kaltura.Options{PartnerID: 101, AppTokenID: "0_sha256tk", AppToken: token, ServiceURL: os.Getenv("FAKE_URL")}
}

func control(t *testing.T, path, body string) {
	t.Helper()
	reply, err := http.Post(os.Getenv("FAKE_URL")+"/_fake/"+path, "text/plain", strings.NewReader(body))
	if err != nil || reply.StatusCode != 200 {
		t.Fatal(err, reply)
	}
	reply.Body.Close()
}

func newProvider(t *testing.T, options *kaltura.Options) *kaltura.Provider {
	t.Helper()
	control(t, "reset", "")
	provider, err := kaltura.NewProvider(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Close)
	return provider
}

func load(t *testing.T, provider *kaltura.Provider) *kaltura.Session {
	t.Helper()
	session, err := provider.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func failure(t *testing.T, err error) *kaltura.Error {
	t.Helper()
	var failure *kaltura.Error
	if !errors.As(err, &failure) {
		t.Fatalf("not an Error: %v", err)
	}
	return failure
}

func TestEveryStoryEndsAsInEveryLanguage(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("STORIES"))
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		control(t, "reset", "")
		control(t, "script", cells[1])
		told := options()
		told.AppTokenID, told.AppToken, told.UserID, told.HashType = cells[2], cells[3], cells[4], kaltura.HashTypeSHA256
		attempts, _ := strconv.ParseInt(cells[5], 10, 32)
		if attempts == 0 {
			continue // zero is the default in Go
		}
		told.MaxAttempts = int32(attempts)
		if outcome := play(cells[0], told); outcome != cells[6] {
			t.Errorf("%s\nended with %s", line, outcome)
		}
		played++
	}
	if played < 8 {
		t.Error(played)
	}
}

func play(action string, options *kaltura.Options) string {
	ctx := context.Background()
	if action == "start" {
		session, err := kaltura.StartSession(ctx, options)
		if err != nil {
			return told(err)
		}
		return fmt.Sprintf("partner=%d user=%s type=%d adjustments=%d hash=%d", session.PartnerID(), session.UserID(),
			session.GrantedType(), session.Adjustments(), session.HashType())
	}
	provider, err := kaltura.NewProvider(options)
	if err != nil {
		return told(err)
	}
	defer provider.Close()
	cancelled, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if action == "cancelled" {
		ctx = cancelled
	}
	first, err := provider.Load(ctx)
	var e *kaltura.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("status=%d", e.Status)
	}
	again, _ := provider.Load(ctx)
	advice := provider.ReportError(first.KS(), "INVALID_KS", "EXPIRED")
	third, _ := provider.Load(ctx)
	return fmt.Sprintf("same=%d advice=%d other=%d", number(again.KS() == first.KS()), advice, number(third.KS() != first.KS()))
}

func told(err error) string {
	e := err.(*kaltura.Error)
	return fmt.Sprintf("status=%d category=%d step=%d option=%s code=%s id=%s http=%d retryable=%d attempts=%d told=%d", e.Status,
		e.Category, e.Step, e.Option, e.APICode, e.APIArgs["ID"], e.HTTPStatus, number(e.IsRetryable), e.Attempts,
		number(e.Message != "" && e.Hint != ""))
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

func TestASessionSaysWhatWasGranted(t *testing.T) {
	wanted := options()
	wanted.UserID, wanted.Expiry, wanted.Privileges = "jürgen", 10*time.Minute, "edit:0_entry1"
	session, err := kaltura.StartSession(context.Background(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if len(session.KS()) < 100 || session.PartnerID() != 101 || session.UserID() != "jürgen" {
		t.Error(session.PartnerID(), session.UserID())
	}
	if session.Remaining() <= 590*time.Second || session.Remaining() > 600*time.Second {
		t.Error(session.Remaining())
	}
	if session.Adjustments() != kaltura.AdjustmentPrivilegesDropped || session.DroppedPrivileges() != "edit:0_entry1" {
		t.Error(session.Adjustments(), session.DroppedPrivileges())
	}
	session.Close()
	if session.KS() != "" {
		t.Error("a closed session has a KS")
	}
}

func TestAnErrorOfTheServersHasStatusCodeAndHint(t *testing.T) {
	wanted := options()
	wanted.AppToken = strings.Repeat("0", 32)
	_, err := kaltura.StartSession(context.Background(), wanted)
	e := failure(t, err)
	if e.Status != kaltura.StatusAppTokenMismatch || e.Category != kaltura.CategoryServer ||
		e.APICode != "INVALID_APP_TOKEN_HASH" || e.APIArgs == nil || !strings.Contains(e.Hint, "token") {
		t.Errorf("%+v", e)
	}
}

func TestABadValueIsNamed(t *testing.T) {
	wanted := options()
	wanted.UserID = "a\x00b"
	_, err := kaltura.NewProvider(wanted)
	if e := failure(t, err); e.Status != kaltura.StatusInvalidArgument || e.Option != "user_id" {
		t.Errorf("%+v", e)
	}
}

func TestAContextCancelsALoadAndAStart(t *testing.T) {
	provider := newProvider(t, options())
	control(t, "script", "widget:* hold name=gate")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := provider.Load(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || failure(t, err).Status != kaltura.StatusCancelled {
		t.Error(err)
	}
	if _, err = kaltura.StartSession(ctx, options()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestClosingAProviderEndsItsLoads(t *testing.T) {
	provider := newProvider(t, options())
	control(t, "script", "widget:* hold name=gate") // a cancelled one of an earlier test may be under way
	time.AfterFunc(100*time.Millisecond, provider.Close)
	_, err := provider.Load(context.Background())
	if failure(t, err).Status != kaltura.StatusShutDown {
		t.Error(err)
	}
	if _, err = provider.Load(context.Background()); err == nil {
		t.Error("a closed provider loads")
	}
}

func TestAnInvalidatedSessionIsRefreshed(t *testing.T) {
	provider := newProvider(t, options())
	first := load(t, provider)
	if load(t, provider).KS() != first.KS() || provider.Peek().KS() != first.KS() {
		t.Error("the session was not cached")
	}
	provider.Invalidate(first.KS())
	if provider.Peek() != nil {
		t.Error("an invalidated session is there")
	}
	second := load(t, provider)
	if second.KS() == first.KS() {
		t.Error("the session was not refreshed")
	}
	if advice := provider.ReportError(second.KS(), "INVALID_KS", "EXPIRED"); advice != kaltura.AdviceRefreshAndRetry {
		t.Error(advice)
	}
}

func TestManyGoroutinesShareOneRefresh(t *testing.T) {
	provider := newProvider(t, options())
	var wait sync.WaitGroup
	for i := 0; i < 1000; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if _, err := provider.Load(context.Background()); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
}

func TestASwitchedUserGetsSessionsOfHisOwn(t *testing.T) {
	provider := newProvider(t, options())
	if err := provider.SetUserID("another"); err != nil {
		t.Fatal(err)
	}
	if user := load(t, provider).UserID(); user != "another" {
		t.Error(user)
	}
}

func TestTheTokenMayStayOnABackend(t *testing.T) {
	wanted := options()
	wanted.AppToken = ""
	wanted.TokenHash = func(_ context.Context, widgetKS string) (string, error) {
		sum := sha256.Sum256([]byte(widgetKS + token))
		return hex.EncodeToString(sum[:]), nil
	}
	load(t, newProvider(t, wanted))
	wanted.TokenHash = func(context.Context, string) (string, error) { return "", errors.New("the backend is away") }
	_, err := kaltura.StartSession(context.Background(), wanted)
	if e := failure(t, err); e.Status != kaltura.StatusCallbackFailed || !strings.Contains(e.Message, "the backend is away") {
		t.Error(err)
	}
}

func TestTheTokenHashEndsWithItsCall(t *testing.T) {
	wanted := options()
	wanted.AppToken = ""
	ended := make(chan struct{})
	wanted.TokenHash = func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		close(ended)
		return "", ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := kaltura.StartSession(ctx, wanted); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the callback was not told")
	}
}

// memory is a Store for one process.
type memory struct{ sync.Map }

func (m *memory) Load(key string) []byte {
	blob, _ := m.Map.Load(key)
	found, _ := blob.([]byte)
	return found
}

func (m *memory) Save(key string, blob []byte) bool {
	m.Map.Store(key, blob)
	return true
}

func (m *memory) Clear(key string) bool {
	m.Map.Delete(key)
	return true
}

func (m *memory) isEmpty() bool {
	isEmpty := true
	m.Map.Range(func(_, _ any) bool {
		isEmpty = false
		return false
	})
	return isEmpty
}

func TestAStoreKeepsTheSession(t *testing.T) {
	wanted, stored := options(), &memory{}
	wanted.Store = stored
	first := load(t, newProvider(t, wanted))
	for deadline := time.Now().Add(5 * time.Second); stored.isEmpty() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	second := newProvider(t, wanted)
	if load(t, second).KS() != first.KS() {
		t.Error("the session was not kept")
	}
	if second.Invalidate(""); !stored.isEmpty() {
		t.Error("the session was not cleared")
	}
}

func TestTheProgramMayCarryTheRequests(t *testing.T) {
	wanted := options()
	wanted.Transport = func(ctx context.Context, exchange *kaltura.Exchange) {
		request, _ := http.NewRequestWithContext(ctx, "POST", exchange.URL(), strings.NewReader(exchange.Body()))
		request.Header.Set("Content-Type", "application/json")
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			exchange.Fail(kaltura.StatusConnectionLost, err.Error())
			return
		}
		defer reply.Body.Close()
		for name := range reply.Header {
			exchange.AddHeader(name, reply.Header.Get(name))
		}
		body, _ := io.ReadAll(reply.Body)
		exchange.Reply(int32(reply.StatusCode), body)
	}
	if load(t, newProvider(t, wanted)).Remaining() < time.Hour {
		t.Error("the headers were lost")
	}
	control(t, "script", "widget:1 hold name=gate")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := kaltura.StartSession(ctx, wanted); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestLogLinesCome(t *testing.T) {
	wanted := options()
	var mutex sync.Mutex
	var lines []string
	wanted.Log = func(level kaltura.LogLevel, line string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, line)
	}
	load(t, newProvider(t, wanted))
	mutex.Lock()
	defer mutex.Unlock()
	if len(lines) == 0 || strings.Contains(strings.Join(lines, ""), token) {
		t.Error(lines)
	}
}

func TestAForgottenProviderAnswersAllTheSame(t *testing.T) {
	go func() {
		for i := 0; i < 20; i++ {
			runtime.GC()
			time.Sleep(5 * time.Millisecond)
		}
	}()
	provider, err := kaltura.NewProvider(options())
	if err != nil {
		t.Fatal(err)
	}
	control(t, "script", "widget:1 delay-head ms=50")
	load(t, provider)
}
