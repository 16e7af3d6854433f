import com.kaltura.session.Cancellation;
import com.kaltura.session.Constants.Adjustment;
import com.kaltura.session.Constants.Advice;
import com.kaltura.session.Constants.Category;
import com.kaltura.session.Constants.HashType;
import com.kaltura.session.Constants.LogLevel;
import com.kaltura.session.Constants.Status;
import com.kaltura.session.KalturaException;
import com.kaltura.session.Options;
import com.kaltura.session.Provider;
import com.kaltura.session.Session;
import com.kaltura.session.Store;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The wrapper against the fake server that FAKE_URL names; with the argument "leaks", 10,000 sessions. */
final class KalturaSessionTest {
    private static final String URL = System.getenv("FAKE_URL");
    private static final String TOKEN = "303132333435363738393a3b3c3d3e3f";
    private static int passed, failed;

    interface Story {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            useManySessions();
            return;
        }
        test("every story ends as in every language", KalturaSessionTest::stories);
        test("a session says what was granted", KalturaSessionTest::granted);
        test("an error of the server's has status, code and hint", KalturaSessionTest::serverError);
        test("a bad value is named", KalturaSessionTest::badValue);
        test("a blocking call is cancelled", KalturaSessionTest::cancelled);
        test("cancelling a future cancels its load", KalturaSessionTest::cancelledFuture);
        test("closing a provider ends its loads", KalturaSessionTest::closed);
        test("an invalidated session is refreshed", KalturaSessionTest::refreshed);
        test("many futures share one refresh", KalturaSessionTest::shared);
        test("a switched user gets sessions of his own", KalturaSessionTest::switched);
        test("the token may stay on a backend", KalturaSessionTest::tokenHash);
        test("the token hash is told when nobody waits any more", KalturaSessionTest::cancelledHash);
        test("a store keeps the session", KalturaSessionTest::stored);
        test("the program may carry the requests", KalturaSessionTest::transport);
        test("log lines come", KalturaSessionTest::log);
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void stories() throws Exception {
        int played = 0;
        for (String line : Files.readAllLines(Path.of("bindings/stories.txt"))) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split("\\|");
            Arrays.setAll(cells, i -> cells[i].strip());
            control("reset", "");
            control("script", cells[1]);
            Options options = new Options(101, cells[2], cells[3]).serviceUrl(URL).userId(cells[4])
                .maxAttempts(Integer.parseInt(cells[5])).hashType(HashType.SHA256);
            expect(cells[6], play(cells[0], options));
            played++;
        }
        expect(true, played >= 9);
    }

    private static String play(String action, Options options) {
        try {
            if (action.equals("start")) {
                Session session = Session.start(options);
                return String.format("partner=%d user=%s type=%d adjustments=%d hash=%d", session.partnerId(), session.userId(),
                    session.grantedType(), session.adjustments(), session.hashType());
            }
            try (Provider provider = new Provider(options); Cancellation cancellation = new Cancellation()) {
                if (action.equals("cancelled")) {
                    later(cancellation::cancel);
                }
                String first = provider.load(cancellation).ks();
                String again = provider.load().ks();
                int advice = provider.reportError(first, "INVALID_KS", "EXPIRED");
                return String.format("same=%d advice=%d other=%d", number(first.equals(again)), advice,
                    number(!provider.load().ks().equals(first)));
            }
        } catch (KalturaException e) {
            if (action.equals("cancelled")) {
                return "status=" + e.status;
            }
            return String.format("status=%d category=%d step=%d option=%s code=%s id=%s http=%d retryable=%d attempts=%d told=%d",
                e.status, e.category, e.step, orEmpty(e.option), orEmpty(e.apiCode), e.apiArgs.getOrDefault("ID", ""), e.httpStatus,
                number(e.isRetryable), e.attempts, number(!e.getMessage().isEmpty() && !e.hint.isEmpty()));
        }
    }

    private static int number(boolean is) {
        return is ? 1 : 0;
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    private static void granted() {
        try (Session session = Session.start(options().userId("jürgen").expirySeconds(600).privileges("edit:0_entry1"))) {
            expect(true, session.ks().length() > 100);
            expect(101L, session.partnerId());
            expect("jürgen", session.userId());
            expect(true, session.remaining().toMillis() > 590_000 && session.remaining().toMillis() <= 600_000);
            expect(Adjustment.PRIVILEGES_DROPPED, session.adjustments());
            expect("edit:0_entry1", session.droppedPrivileges());
            session.close();
            fails(IllegalStateException.class, session::ks);
        }
    }

    private static void serverError() {
        Options options = new Options(101, "0_sha256tk", "0".repeat(32)).serviceUrl(URL);
        KalturaException e = fails(KalturaException.class, () -> Session.start(options));
        expect(Status.APP_TOKEN_MISMATCH, e.status);
        expect(Category.SERVER, e.category);
        expect("INVALID_APP_TOKEN_HASH", e.apiCode);
        expect(true, e.hint.contains("token"));
        Options missing = new Options(101, "0_missing1", TOKEN).serviceUrl(URL);
        expect("0_missing1", fails(KalturaException.class, () -> Session.start(missing)).apiArgs.get("ID"));
    }

    private static void badValue() {
        KalturaException e = fails(KalturaException.class, () -> new Provider(options().userId("a\0b")));
        expect(Status.INVALID_ARGUMENT, e.status);
        expect("user_id", e.option);
    }

    private static void cancelled() throws Exception {
        control("script", "widget:* hold name=gate");
        try (Provider provider = new Provider(options()); Cancellation cancellation = new Cancellation()) {
            later(cancellation::cancel);
            expect(Status.CANCELLED, fails(KalturaException.class, () -> provider.load(cancellation)).status);
            expect(Status.CANCELLED, fails(KalturaException.class, () -> Session.start(options(), cancellation)).status);
        }
    }

    private static void cancelledFuture() throws Exception {
        control("script", "widget:1 hold name=gate");
        try (Provider provider = new Provider(options())) {
            CompletableFuture<Session> future = provider.loadAsync();
            expect(true, future.cancel(true));
            fails(CancellationException.class, future::join);
        }
    }

    private static void closed() throws Exception {
        control("script", "widget:1 hold name=gate");
        Provider provider = new Provider(options());
        CompletableFuture<Session> future = provider.loadAsync();
        later(provider::close);
        expect(Status.SHUT_DOWN, fails(KalturaException.class, provider::load).status);
        ExecutionException e = fails(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
        expect(Status.SHUT_DOWN, ((KalturaException) e.getCause()).status);
        Provider idle = new Provider(options());
        idle.close();
        fails(IllegalStateException.class, idle::load);
    }

    private static void refreshed() {
        try (Provider provider = new Provider(options())) {
            Session first = provider.load();
            expect(first.ks(), provider.load().ks());
            provider.invalidate(first.ks());
            expect(false, provider.peek().isPresent());
            Session second = provider.load();
            expect(false, second.ks().equals(first.ks()));
            expect(Advice.REFRESH_AND_RETRY, provider.reportError(second.ks(), "INVALID_KS", "EXPIRED"));
        }
    }

    private static void shared() throws Exception {
        try (Provider provider = new Provider(options())) {
            Queue<CompletableFuture<Session>> futures = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 1000; i++) {
                futures.add(provider.loadAsync());
            }
            Set<String> sessions = new HashSet<>();
            for (CompletableFuture<Session> future : futures) {
                sessions.add(future.get(5, TimeUnit.SECONDS).ks());
            }
            expect(1, sessions.size());
        }
    }

    private static void switched() {
        try (Provider provider = new Provider(options())) {
            provider.setUserId("another");
            expect("another", provider.load().userId());
        }
    }

    private static void tokenHash() {
        Options options = new Options(101, "0_sha256tk", null).serviceUrl(URL);
        options.tokenHash(ks -> CompletableFuture.supplyAsync(() -> sha256(ks + TOKEN)));
        Session.start(options).close();
        options.tokenHash(ks -> CompletableFuture.failedFuture(new IllegalStateException("the backend is away")));
        KalturaException e = fails(KalturaException.class, () -> Session.start(options));
        expect(Status.CALLBACK_FAILED, e.status);
        expect(true, e.getMessage().contains("the backend is away"));
    }

    private static void cancelledHash() throws Exception {
        CompletableFuture<String> never = new CompletableFuture<>();
        Options options = new Options(101, "0_sha256tk", null).serviceUrl(URL).tokenHash(ks -> never);
        try (Cancellation cancellation = new Cancellation()) {
            later(cancellation::cancel);
            expect(Status.CANCELLED, fails(KalturaException.class, () -> Session.start(options, cancellation)).status);
        }
        fails(CancellationException.class, () -> never.get(5, TimeUnit.SECONDS));
    }

    private static void stored() throws InterruptedException {
        Map<String, byte[]> stored = new ConcurrentHashMap<>();
        Options options = options().store(new Store() {
            @Override
            public byte[] load(String key) {
                return stored.get(key);
            }

            @Override
            public boolean save(String key, byte[] bytes) {
                stored.put(key, bytes);
                return true;
            }

            @Override
            public boolean clear(String key) {
                return stored.remove(key) != null;
            }
        });
        try (Provider first = new Provider(options); Provider second = new Provider(options)) {
            String ks = first.load().ks();
            for (int i = 0; i < 5000 && stored.isEmpty(); i++) {
                Thread.sleep(1);
            }
            expect(ks, second.load().ks());
            second.invalidate(null);
            expect(true, stored.isEmpty());
        }
    }

    private static void transport() {
        Options options = options().transport(exchange -> {
            try (exchange) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(exchange.url())).header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(exchange.body())).build();
                HttpResponse<byte[]> reply = HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray());
                reply.headers().map().forEach((name, values) -> exchange.addHeader(name, values.get(0)));
                exchange.reply(reply.statusCode(), reply.body());
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        try (Session session = Session.start(options)) {
            expect(true, session.remaining().toHours() >= 1);
        }
    }

    private static void log() {
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        try (Provider provider = new Provider(options().log(LogLevel.DEBUG, (level, line) -> lines.add(line)))) {
            provider.load().close();
        }
        expect(false, lines.isEmpty() || lines.toString().contains(TOKEN));
    }

    /** Half are closed, half are left to the garbage collector. */
    private static void useManySessions() throws Exception {
        // Log lines of refreshes would take longer than this loop, which then gets RESOURCES.
        Options options = options().hashType(HashType.SHA256).log(LogLevel.WARN, (level, line) -> {});
        for (int i = 0; i < 500; i++) {
            Provider provider = new Provider(options);
            for (int j = 0; j < 10; j++) {
                provider.load().close();
                provider.loadAsync().get();
                provider.loadAsync().cancel(true);
                provider.peek();
                provider.invalidate(null);
            }
            if (i % 2 == 0) {
                provider.close();
            }
        }
        options.log(LogLevel.DEBUG, (level, line) -> {});
        Options carried = options().maxAttempts(1).transport(exchange -> {
            exchange.fail(Status.TLS, null);
            exchange.close();
        });
        Options hashed = new Options(101, "0_sha256tk", null).serviceUrl(URL)
            .tokenHash(ks -> CompletableFuture.completedFuture("no hash"));
        for (int i = 0; i < 5000; i++) {
            Session.start(options);
        }
        for (int i = 0; i < 100; i++) {
            fails(KalturaException.class, () -> Session.start(new Options(0, "", "")));
            fails(KalturaException.class, () -> Session.start(carried));
            fails(KalturaException.class, () -> Session.start(hashed));
        }
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(50);
        }
    }

    private static Options options() {
        return new Options(101, "0_sha256tk", TOKEN).serviceUrl(URL);
    }

    private static void control(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(URL + "/_fake/" + path))
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        expect(200, HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode());
    }

    private static void later(Runnable action) {
        CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(action);
    }

    private static String sha256(String text) {
        try {
            byte[] bytes = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            StringBuilder hex = new StringBuilder();
            for (byte b : bytes) {
                hex.append(String.format("%02x", b));
            }
            return hex.toString();
        } catch (java.security.NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void test(String name, Story story) throws Exception {
        control("reset", "");
        try {
            story.run();
            passed++;
            System.out.println("ok - " + name);
        } catch (Throwable e) {
            failed++;
            System.out.println("not ok - " + name);
            e.printStackTrace(System.out);
        }
    }

    private static void expect(Object wanted, Object actual) {
        if (!Objects.equals(wanted, actual)) {
            throw new AssertionError("got " + actual + ", wanted " + wanted);
        }
    }

    private static <E extends Throwable> E fails(Class<E> kind, Story story) {
        try {
            story.run();
        } catch (Throwable e) {
            if (kind.isInstance(e)) {
                return kind.cast(e);
            }
            throw new AssertionError(e);
        }
        throw new AssertionError("nothing was thrown");
    }
}
