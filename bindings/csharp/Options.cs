using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using static KalturaSession.Interop;

namespace KalturaSession
{
    /// <summary>
    /// What a session shall be. Null is the library's default; a bad value is reported by the call that takes the options.
    /// </summary>
    public sealed class Options
    {
        public long PartnerId { get; set; }
        public string AppTokenId { get; set; }
        public string AppToken { get; set; }
        public string ServiceUrl { get; set; }
        public bool AllowHttp { get; set; }
        public HashType HashType { get; set; }
        public string UserId { get; set; }
        public SessionType? SessionType { get; set; }
        public long ExpirySeconds { get; set; }
        public string Privileges { get; set; }
        public string WidgetId { get; set; }
        public long WidgetExpirySeconds { get; set; }
        public string ClientTag { get; set; }
        public long? TotalTimeoutMs { get; set; }
        public long? ConnectTimeoutMs { get; set; }
        public int? MaxAttempts { get; set; }
        public string ProxyUrl { get; set; }
        public Trust Trust { get; set; }
        public IList<string> CaPem { get; } = new List<string>();
        public IList<string> PinSpkiSha256 { get; } = new List<string>();
        public long RefreshAdvisorySeconds { get; set; }
        public long RefreshMandatorySeconds { get; set; }

        /// <summary>
        /// From the widget KS to hex(H(widget KS + app token)). The token is cancelled when nobody waits for the answer any more.
        /// </summary>
        public Func<string, CancellationToken, Task<string>> TokenHash { get; set; }

        /// <summary>Takes each line up to LogLevel, on any thread.</summary>
        public Action<LogLevel, string> Log { get; set; }
        public LogLevel LogLevel { get; set; } = LogLevel.Info;

        static readonly kaltura_token_hash_fn HashWanted = Answer;
        static readonly kaltura_cancel_fn CancelHash = source => Kept<CancellationTokenSource>(source).Cancel();
        static readonly kaltura_log_fn LogLine = (log, level, line) => Kept<Action<LogLevel, string>>(log)((LogLevel)level, Text(line));

        /// <summary>Lends C options to a function.</summary>
        internal T With<T>(Func<IntPtr, T> use)
        {
            IntPtr options = C.kaltura_options_new(PartnerId, Utf8(AppTokenId), Utf8(AppToken));
            try
            {
                Set(options);
                return use(options);
            }
            finally
            {
                C.kaltura_options_free(options);
            }
        }

        void Set(IntPtr options)
        {
            C.kaltura_options_set_service_url(options, Utf8(ServiceUrl));
            C.kaltura_options_set_allow_http(options, AllowHttp ? 1 : 0);
            C.kaltura_options_set_hash_type(options, (int)HashType);
            C.kaltura_options_set_user_id(options, Utf8(UserId));
            if (SessionType != null)
            {
                C.kaltura_options_set_session_type(options, (int)SessionType);
            }
            C.kaltura_options_set_expiry_seconds(options, ExpirySeconds);
            C.kaltura_options_set_privileges(options, Utf8(Privileges));
            C.kaltura_options_set_widget_id(options, Utf8(WidgetId));
            C.kaltura_options_set_widget_expiry_seconds(options, WidgetExpirySeconds);
            C.kaltura_options_set_client_tag(options, Utf8(ClientTag));
            if (TotalTimeoutMs != null)
            {
                C.kaltura_options_set_total_timeout_ms(options, (long)TotalTimeoutMs);
            }
            if (ConnectTimeoutMs != null)
            {
                C.kaltura_options_set_connect_timeout_ms(options, (long)ConnectTimeoutMs);
            }
            if (MaxAttempts != null)
            {
                C.kaltura_options_set_max_attempts(options, (int)MaxAttempts);
            }
            C.kaltura_options_set_proxy_url(options, Utf8(ProxyUrl));
            C.kaltura_options_set_trust(options, (int)Trust);
            foreach (string pem in CaPem)
            {
                C.kaltura_options_add_ca_pem(options, Utf8(pem));
            }
            foreach (string pin in PinSpkiSha256)
            {
                C.kaltura_options_add_pin_spki_sha256(options, Utf8(pin));
            }
            C.kaltura_options_set_refresh_windows_seconds(options, RefreshAdvisorySeconds, RefreshMandatorySeconds);
            if (TokenHash != null)
            {
                C.kaltura_options_set_token_hash(options, HashWanted, Keep(TokenHash), LetGo);
            }
            if (Log != null)
            {
                C.kaltura_options_set_log(options, (int)LogLevel, LogLine, Keep(Log), LetGo);
            }
        }

        static async void Answer(IntPtr tokenHash, IntPtr hashing)
        {
            try
            {
                var source = new CancellationTokenSource();
                C.kaltura_hashing_on_cancel(hashing, CancelHash, Keep(source), LetGo);
                string widgetKs = Text(C.kaltura_hashing_widget_ks(hashing));
                var compute = Kept<Func<string, CancellationToken, Task<string>>>(tokenHash);
                C.kaltura_hashing_reply(hashing, Utf8(await compute(widgetKs, source.Token).ConfigureAwait(false)));
            }
            catch (Exception e)
            {
                C.kaltura_hashing_fail(hashing, Utf8(e.Message));
            }
            finally
            {
                C.kaltura_hashing_free(hashing);
            }
        }
    }
}
