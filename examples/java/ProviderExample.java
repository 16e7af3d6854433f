import com.kaltura.session.Constants.Advice;
import com.kaltura.session.Constants.LogLevel;
import com.kaltura.session.KalturaException;
import com.kaltura.session.Options;
import com.kaltura.session.Provider;
import com.kaltura.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A valid KS, always at hand. The settings come from the environment: PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL,
 * CA_FILE. Sessions of three seconds show in a short time what else takes a day.
 */
final class ProviderExample {
    public static void main(String[] arguments) throws Exception {
        try (Provider provider = new Provider(optionsFromEnvironment())) {
            System.out.println("Four futures at once: one refresh serves them all.");
            List<CompletableFuture<Session>> futures =
                Stream.generate(provider::loadAsync).limit(4).collect(Collectors.toList());
            futures.forEach(future -> show(future.join()));

            System.out.println("Another call was refused with INVALID_KS: the session is dropped, the next load brings another.");
            try (Session refused = provider.load()) {
                if (provider.reportError(refused.ks(), "INVALID_KS", "EXPIRED") == Advice.REFRESH_AND_RETRY) {
                    show(provider.load());
                }
            }

            System.out.println("In the last fifth of its life a session is refreshed behind the scenes.");
            for (int i = 0; i < 8; i++) {
                Thread.sleep(500);
                show(provider.load());
            }
        } catch (KalturaException e) {
            System.err.println(e.getMessage() + "\n" + e.hint);
            System.exit(1);
        }
    }

    private static Options optionsFromEnvironment() throws IOException {
        Options options = new Options(Long.parseLong(System.getenv("PARTNER_ID")), System.getenv("APP_TOKEN_ID"),
            System.getenv("APP_TOKEN"));
        options.serviceUrl(System.getenv("SERVICE_URL")).expirySeconds(3);
        options.log(LogLevel.INFO, (level, line) -> System.out.println("  provider: " + line));
        if (System.getenv("CA_FILE") != null) {
            options.addCaPem(Files.readString(Path.of(System.getenv("CA_FILE"))));
        }
        return options;
    }

    /** The end of a KS tells one from another and shows nothing secret. */
    private static void show(Session session) {
        try (session) {
            String ks = session.ks();
            System.out.println("session of " + session.remaining().toMillis() + " ms ..." + ks.substring(ks.length() - 8));
        }
    }
}
