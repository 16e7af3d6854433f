using System;
using System.Threading;
using System.Threading.Tasks;
using static KalturaSession.Interop;

namespace KalturaSession
{
    /// <summary>Keeps a valid session at hand, for any number of threads.</summary>
    public sealed class Provider : IDisposable
    {
        static readonly kaltura_load_fn Loaded = (take, session, error) => Kept<Action<IntPtr, IntPtr>>(take)(session, error);

        readonly ProviderHandle handle;

        public Provider(Options options)
        {
            handle = options.With(o =>
            {
                IntPtr provider = C.kaltura_provider_new(o, out IntPtr error);
                ThrowIfAny(error);
                return new ProviderHandle(provider);
            });
            ServiceUrl = Text(C.kaltura_provider_service_url(handle));
        }

        public string ServiceUrl { get; }
        public long PartnerId => C.kaltura_provider_partner_id(handle);

        /// <summary>A valid session; at once if there is one, else it blocks.</summary>
        public Session Load(CancellationToken token = default(CancellationToken))
        {
            using (var cancellation = new CancellationHandle(token))
            {
                IntPtr session = C.kaltura_provider_load(handle, cancellation, out IntPtr error);
                ThrowIfAny(error, token);
                return new Session(session);
            }
        }

        /// <summary>As Load, without blocking.</summary>
        public async Task<Session> LoadAsync(CancellationToken token = default(CancellationToken))
        {
            var loaded = new TaskCompletionSource<Session>(TaskCreationOptions.RunContinuationsAsynchronously);
            Action<IntPtr, IntPtr> take = (session, error) =>
            {
                if (session != IntPtr.Zero)
                {
                    loaded.SetResult(new Session(session));
                }
                else
                {
                    loaded.SetException(Failure(error, token));
                }
            };
            using (var cancellation = new CancellationHandle(token))
            {
                C.kaltura_provider_load_async(handle, cancellation, Loaded, Keep(take), LetGo, out IntPtr refused);
                ThrowIfAny(refused, token);
                Session session = await loaded.Task.ConfigureAwait(false);
                GC.KeepAlive(this);
                return session;
            }
        }

        /// <summary>The cached session, if one lives, else null.</summary>
        public Session Peek()
        {
            IntPtr session = C.kaltura_provider_peek(handle);
            return session == IntPtr.Zero ? null : new Session(session);
        }

        /// <summary>Starts a refresh in the background, if one is due.</summary>
        public void Prefetch() => C.kaltura_provider_prefetch(handle);

        /// <summary>Drops a session; without a KS, whatever there is: for a user's log-out.</summary>
        public void Invalidate(string ks = null) => C.kaltura_provider_invalidate(handle, Utf8(ks));

        /// <summary>What to do about an error that another call to the server gave for a KS.</summary>
        public Advice ReportError(string ks, string apiCode, string ksid = null) =>
            (Advice)C.kaltura_provider_report_error(handle, Utf8(ks), Utf8(apiCode), Utf8(ksid));

        /// <summary>Switches the user.</summary>
        public void SetUserId(string userId)
        {
            C.kaltura_provider_set_user_id(handle, Utf8(userId), out IntPtr error);
            ThrowIfAny(error);
        }

        /// <summary>Ends every session of the app token, at the server. It blocks.</summary>
        public void EndSession(End flags, CancellationToken token = default(CancellationToken))
        {
            using (var cancellation = new CancellationHandle(token))
            {
                C.kaltura_provider_end_session(handle, (uint)flags, cancellation, out IntPtr error);
                ThrowIfAny(error, token);
            }
        }

        /// <summary>Ends what is under way. Again, it does nothing.</summary>
        public void Dispose()
        {
            if (!handle.IsClosed)
            {
                try
                {
                    C.kaltura_provider_shutdown(handle);
                }
                catch (ObjectDisposedException)
                {
                    // by another thread, meanwhile
                }
            }
            handle.Dispose();
        }
    }
}
