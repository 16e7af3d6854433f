using System;
using System.Threading;
using static KalturaSession.Interop;

namespace KalturaSession
{
    /// <summary>A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is disposed of or collected.</summary>
    public sealed class Session : IDisposable
    {
        readonly SessionHandle handle;

        internal Session(IntPtr pointer) => handle = new SessionHandle(pointer);

        /// <summary>A new session. It blocks.</summary>
        public static Session Start(Options options, CancellationToken token = default(CancellationToken))
        {
            using (var cancellation = new CancellationHandle(token))
            {
                return options.With(o =>
                {
                    IntPtr session = C.kaltura_start_session(o, cancellation, out IntPtr error);
                    ThrowIfAny(error, token);
                    return new Session(session);
                });
            }
        }

        /// <summary>What every other call to Kaltura wants.</summary>
        public string Ks => TextOf(C.kaltura_session_ks);
        public long PartnerId => C.kaltura_session_partner_id(handle);
        public string UserId => TextOf(C.kaltura_session_user_id);
        public SessionType GrantedType => (SessionType)C.kaltura_session_granted_type(handle);
        public string Privileges => TextOf(C.kaltura_session_privileges);
        public string DroppedPrivileges => TextOf(C.kaltura_session_dropped_privileges);
        public Adjustment Adjustments => (Adjustment)C.kaltura_session_adjustments(handle);
        public HashType HashType => (HashType)C.kaltura_session_hash_type(handle);

        /// <summary>On the server's clock.</summary>
        public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeSeconds(C.kaltura_session_expires_at_seconds(handle));
        public TimeSpan Remaining => TimeSpan.FromMilliseconds(C.kaltura_session_remaining_ms(handle));

        public void Dispose() => handle.Dispose();

        // The text is the session's: it must live until the text is copied.
        string TextOf(Func<SessionHandle, IntPtr> get)
        {
            bool isCounted = false;
            try
            {
                handle.DangerousAddRef(ref isCounted);
                return Text(get(handle));
            }
            finally
            {
                if (isCounted)
                {
                    handle.DangerousRelease();
                }
            }
        }
    }
}
