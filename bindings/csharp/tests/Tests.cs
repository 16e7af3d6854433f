using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KalturaSession;

/// <summary>The wrapper against the fake server that FAKE_URL names; with an argument, 10,000 sessions.</summary>
static class Tests
{
    static readonly string Url = Environment.GetEnvironmentVariable("FAKE_URL");
    const string Token = "303132333435363738393a3b3c3d3e3f";
    static int passed, failed;

    static int Main(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            UseManySessions();
            return 0;
        }
        Test("every story ends as in every language", Stories);
        Test("a session says what was granted", Granted);
        Test("an error of the server's has status, code and hint", ServerError);
        Test("a bad value is named", BadValue);
        Test("a token cancels a blocking call", Cancelled);
        Test("a token cancels a task", CancelledTask);
        Test("disposing of a provider ends its loads", Disposed);
        Test("an invalidated session is refreshed", Refreshed);
        Test("many tasks share one refresh", Shared);
        Test("a switched user gets sessions of his own", Switched);
        Test("the app token may stay on a backend", TokenHash);
        Test("the token hash is told when nobody waits any more", CancelledHash);
        Test("a store keeps the session", Stored);
        Test("the program may carry the requests", Transport);
        Test("log lines come", Log);
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    static void Stories()
    {
        string[] lines = File.ReadAllLines("bindings/stories.txt").Where(line => !line.StartsWith("#")).ToArray();
        foreach (string line in lines)
        {
            string[] cells = line.Split('|').Select(cell => cell.Trim()).ToArray();
            Control("reset", "");
            Control("script", cells[1]);
            var options = new Options
            {
                PartnerId = 101, AppTokenId = cells[2], AppToken = cells[3], ServiceUrl = Url, UserId = cells[4],
                MaxAttempts = int.Parse(cells[5]), HashType = HashType.Sha256
            };
            Expect(cells[6], Play(cells[0], options));
        }
        Expect(true, lines.Length >= 9);
    }

    static string Play(string action, Options options)
    {
        try
        {
            if (action == "start")
            {
                Session s = Session.Start(options);
                return $"partner={s.PartnerId} user={s.UserId} type={(int)s.GrantedType} adjustments={(int)s.Adjustments} hash={(int)s.HashType}";
            }
            using (var provider = new Provider(options))
            using (var source = new CancellationTokenSource(action == "cancelled" ? 100 : -1))
            {
                string first = provider.Load(source.Token).Ks;
                string again = provider.Load().Ks;
                Advice advice = provider.ReportError(first, "INVALID_KS", "EXPIRED");
                return $"same={Number(first == again)} advice={(int)advice} other={Number(provider.Load().Ks != first)}";
            }
        }
        catch (OperationCanceledException e)
        {
            return $"status={(int)((KalturaException)e.InnerException).Status}";
        }
        catch (KalturaException e)
        {
            return $"status={(int)e.Status} category={(int)e.Category} step={(int)e.Step} option={e.Option} code={e.ApiCode} "
                + $"id={(e.ApiArgs.ContainsKey("ID") ? e.ApiArgs["ID"] : "")} http={e.HttpStatus} retryable={Number(e.IsRetryable)} "
                + $"attempts={e.Attempts} told={Number(e.Message != "" && e.Hint != "")}";
        }
    }

    static int Number(bool value) => value ? 1 : 0;

    static void Granted()
    {
        Options options = NewOptions();
        options.UserId = "jürgen";
        options.ExpirySeconds = 600;
        options.Privileges = "edit:0_entry1";
        Session session = Session.Start(options);
        Expect(true, session.Ks.Length > 100);
        Expect(101L, session.PartnerId);
        Expect("jürgen", session.UserId);
        Expect(true, session.Remaining.TotalSeconds > 590 && session.Remaining.TotalSeconds <= 600);
        Expect(Adjustment.PrivilegesDropped, session.Adjustments);
        Expect("edit:0_entry1", session.DroppedPrivileges);
        session.Dispose();
        session.Dispose();
        Fails<ObjectDisposedException>(() => session.Ks.ToString());
    }

    static void ServerError()
    {
        Options options = NewOptions();
        options.AppToken = new string('0', 32);
        var e = Fails<KalturaException>(() => Session.Start(options));
        Expect(Status.AppTokenMismatch, e.Status);
        Expect(Category.Server, e.Category);
        Expect("INVALID_APP_TOKEN_HASH", e.ApiCode);
        Expect(true, e.Hint.Contains("token"));
        options.AppTokenId = "0_missing1";
        Expect("0_missing1", Fails<KalturaException>(() => Session.Start(options)).ApiArgs["ID"]);
    }

    static void BadValue()
    {
        Options options = NewOptions();
        options.UserId = "a\0b";
        var e = Fails<KalturaException>(() => new Provider(options));
        Expect(Status.InvalidArgument, e.Status);
        Expect("user_id", e.Option);
    }

    static void Cancelled()
    {
        Control("script", "widget:* hold name=gate");
        using (var provider = new Provider(NewOptions()))
        using (var source = new CancellationTokenSource(100))
        {
            var e = Fails<OperationCanceledException>(() => provider.Load(source.Token));
            Expect(Status.Cancelled, ((KalturaException)e.InnerException).Status);
            Fails<OperationCanceledException>(() => Session.Start(NewOptions(), source.Token));
        }
    }

    static void CancelledTask()
    {
        Control("script", "widget:1 hold name=gate");
        using (var provider = new Provider(NewOptions()))
        using (var source = new CancellationTokenSource(100))
        {
            Task<Session> task = provider.LoadAsync(source.Token);
            Fails<OperationCanceledException>(() => task.GetAwaiter().GetResult());
            Expect(true, task.IsCanceled);
        }
    }

    static void Disposed()
    {
        Control("script", "widget:1 hold name=gate");
        var provider = new Provider(NewOptions());
        Task<Session> task = provider.LoadAsync();
        Task.Delay(100).ContinueWith(_ => provider.Dispose());
        Expect(Status.ShutDown, Fails<KalturaException>(() => provider.Load()).Status);
        Expect(Status.ShutDown, Fails<KalturaException>(() => task.GetAwaiter().GetResult()).Status);
        var idle = new Provider(NewOptions());
        idle.Dispose();
        Fails<ObjectDisposedException>(() => idle.Load());
    }

    static void Refreshed()
    {
        using (var provider = new Provider(NewOptions()))
        {
            Session first = provider.Load();
            Expect(first.Ks, provider.Load().Ks);
            provider.Invalidate(first.Ks);
            Expect(null, provider.Peek());
            Session second = provider.Load();
            Expect(false, second.Ks == first.Ks);
            Expect(Advice.RefreshAndRetry, provider.ReportError(second.Ks, "INVALID_KS", "EXPIRED"));
        }
    }

    static void Shared()
    {
        using (var provider = new Provider(NewOptions()))
        {
            Session[] sessions = Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => provider.LoadAsync())).Result;
            Expect(1, sessions.Select(session => session.Ks).Distinct().Count());
        }
    }

    static void Switched()
    {
        using (var provider = new Provider(NewOptions()))
        {
            provider.SetUserId("another");
            Expect("another", provider.Load().UserId);
        }
    }

    static void TokenHash()
    {
        Options options = NewOptions();
        options.AppToken = null;
        options.TokenHash = (ks, token) => Task.Run(() => Sha256(ks + Token));
        Session.Start(options).Dispose();
        options.TokenHash = (ks, token) => throw new IOException("the backend is away");
        var e = Fails<KalturaException>(() => Session.Start(options));
        Expect(Status.CallbackFailed, e.Status);
        Expect(true, e.Message.Contains("the backend is away"));
    }

    static void CancelledHash()
    {
        var told = new ManualResetEventSlim();
        Options options = NewOptions();
        options.AppToken = null;
        options.TokenHash = (ks, token) =>
        {
            token.Register(told.Set);
            return new TaskCompletionSource<string>().Task;
        };
        using (var source = new CancellationTokenSource(100))
        {
            Fails<OperationCanceledException>(() => Session.Start(options, source.Token));
        }
        Expect(true, told.Wait(5000));
    }

    sealed class Memory : ConcurrentDictionary<string, byte[]>, IStore
    {
        public byte[] Load(string key) => TryGetValue(key, out byte[] bytes) ? bytes : null;
        public bool Save(string key, byte[] bytes) => (this[key] = bytes) != null;
        public bool Clear(string key) => TryRemove(key, out byte[] bytes);
    }

    static void Stored()
    {
        var memory = new Memory();
        Options options = NewOptions();
        options.Store = memory;
        using (var first = new Provider(options))
        using (var second = new Provider(options))
        {
            string ks = first.Load().Ks;
            SpinWait.SpinUntil(() => !memory.IsEmpty, 5000);
            Expect(ks, second.Load().Ks);
            second.Invalidate();
            Expect(0, memory.Count);
        }
    }

    static void Transport()
    {
        Options options = NewOptions();
        options.Transport = async (exchange, token) =>
        {
            using (var client = new WebClient())
            using (token.Register(client.CancelAsync))
            {
                client.Headers["Content-Type"] = "application/json";
                byte[] body = await client.UploadDataTaskAsync(exchange.Url, Encoding.UTF8.GetBytes(exchange.Body));
                foreach (string name in client.ResponseHeaders)
                {
                    exchange.AddHeader(name, client.ResponseHeaders[name]);
                }
                exchange.Reply(200, body);
            }
        };
        using (Session session = Session.Start(options))
        {
            Expect(true, session.Remaining.TotalHours >= 1);
        }
        Control("script", "widget:* hold name=gate");
        using (var source = new CancellationTokenSource(100))
        {
            Fails<OperationCanceledException>(() => Session.Start(options, source.Token));
        }
    }

    static void Log()
    {
        var lines = new ConcurrentQueue<string>();
        Options options = NewOptions();
        options.Log = (level, line) => lines.Enqueue(line);
        options.LogLevel = LogLevel.Debug;
        using (var provider = new Provider(options))
        {
            provider.Load().Dispose();
        }
        Expect(false, lines.IsEmpty || string.Join("", lines).Contains(Token));
    }

    // Half are disposed of, half are left to the garbage collector.
    static void UseManySessions()
    {
        Options options = NewOptions();
        options.HashType = HashType.Sha256;
        options.Log = (level, line) => { };
        options.LogLevel = LogLevel.Warn;
        var cancelled = new CancellationToken(true);
        for (int i = 0; i < 500; i++)
        {
            var provider = new Provider(options);
            for (int j = 0; j < 10; j++)
            {
                provider.Load().Dispose();
                provider.LoadAsync().Result.ToString();
                Fails<OperationCanceledException>(() => provider.LoadAsync(cancelled).GetAwaiter().GetResult());
                provider.Peek();
                provider.Invalidate();
            }
            if (i % 2 == 0)
            {
                provider.Dispose();
            }
        }
        options.LogLevel = LogLevel.Debug;
        Options carried = NewOptions(), hashed = NewOptions();
        carried.MaxAttempts = 1;
        carried.Transport = (exchange, token) => Task.Run(() => exchange.Fail(Status.Tls));
        hashed.AppToken = null;
        hashed.TokenHash = (ks, token) => Task.FromResult("no hash");
        for (int i = 0; i < 5000; i++)
        {
            Session.Start(options);
        }
        for (int i = 0; i < 100; i++)
        {
            Fails<KalturaException>(() => Session.Start(new Options()));
            Fails<KalturaException>(() => Session.Start(carried));
            Fails<KalturaException>(() => Session.Start(hashed));
        }
        for (int i = 0; i < 10; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(50);
        }
    }

    static Options NewOptions() => new Options { PartnerId = 101, AppTokenId = "0_sha256tk", AppToken = Token, ServiceUrl = Url };

    static void Control(string path, string body)
    {
        using (var client = new WebClient())
        {
            client.UploadString($"{Url}/_fake/{path}", body);
        }
    }

    static string Sha256(string text)
    {
        using (var hash = SHA256.Create())
        {
            return string.Concat(hash.ComputeHash(Encoding.UTF8.GetBytes(text)).Select(b => b.ToString("x2")));
        }
    }

    static void Test(string name, Action story)
    {
        Control("reset", "");
        try
        {
            story();
            passed++;
            Console.WriteLine("ok - " + name);
        }
        catch (Exception e)
        {
            failed++;
            Console.WriteLine("not ok - " + name + "\n" + e);
        }
    }

    static void Expect(object wanted, object actual)
    {
        if (!Equals(wanted, actual))
        {
            throw new Exception($"got {actual}, wanted {wanted}");
        }
    }

    static E Fails<E>(Action story) where E : Exception
    {
        try
        {
            story();
        }
        catch (E e)
        {
            return e;
        }
        throw new Exception("nothing was thrown");
    }
}
