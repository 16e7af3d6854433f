using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KalturaSession;

/// <summary>
/// A valid KS, always at hand. The settings come from the environment: PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL,
/// CA_FILE. Sessions of three seconds show in a short time what else takes a day.
/// </summary>
static class ProviderExample
{
    static int Main()
    {
        try
        {
            Run().GetAwaiter().GetResult();
            return 0;
        }
        catch (KalturaException e)
        {
            Console.Error.WriteLine(e.Message + "\n" + e.Hint);
            return 1;
        }
    }

    static async Task Run()
    {
        using (var provider = new Provider(OptionsFromEnvironment()))
        {
            Console.WriteLine("Four tasks at once: one refresh serves them all.");
            foreach (Session session in await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => provider.LoadAsync())))
            {
                Show(session);
            }

            Console.WriteLine("Another call was refused with INVALID_KS: the session is dropped, the next load brings another.");
            using (Session refused = await provider.LoadAsync())
            {
                if (provider.ReportError(refused.Ks, "INVALID_KS", "EXPIRED") == Advice.RefreshAndRetry)
                {
                    Show(await provider.LoadAsync());
                }
            }

            Console.WriteLine("In the last fifth of its life a session is refreshed behind the scenes.");
            for (int i = 0; i < 8; i++)
            {
                await Task.Delay(500);
                using (var timeout = new CancellationTokenSource(5000))
                {
                    Show(await provider.LoadAsync(timeout.Token));
                }
            }
        }
    }

    static Options OptionsFromEnvironment()
    {
        var options = new Options
        {
            PartnerId = long.Parse(Environment.GetEnvironmentVariable("PARTNER_ID")),
            AppTokenId = Environment.GetEnvironmentVariable("APP_TOKEN_ID"),
            AppToken = Environment.GetEnvironmentVariable("APP_TOKEN"),
            ServiceUrl = Environment.GetEnvironmentVariable("SERVICE_URL"),
            ExpirySeconds = 3,
            Log = (level, line) => Console.WriteLine("  provider: " + line),
        };
        string caFile = Environment.GetEnvironmentVariable("CA_FILE");
        if (caFile != null)
        {
            options.CaPem.Add(File.ReadAllText(caFile));
        }
        return options;
    }

    // The end of a KS tells one from another and shows nothing secret.
    static void Show(Session session)
    {
        using (session)
        {
            string ks = session.Ks;
            Console.WriteLine($"session of {(int)session.Remaining.TotalMilliseconds} ms ...{ks.Substring(ks.Length - 8)}");
        }
    }
}
