using System;
using System.Threading;
using System.Threading.Tasks;
using static KalturaSession.Interop;

namespace KalturaSession
{
    public sealed partial class Provider
    {
        static readonly kaltura_load_fn Loaded = (take, session, error) => Kept<Action<IntPtr, IntPtr>>(take)(session, error);

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

        /// <summary>Ends what is under way. Again, it does nothing.</summary>
        public void Dispose()
        {
            try
            {
                Shutdown();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            handle.Dispose();
        }
    }
}
