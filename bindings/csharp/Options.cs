using System;
using System.Threading;
using System.Threading.Tasks;
using static KalturaSession.Interop;

namespace KalturaSession
{
    /// <summary>
    /// What a session shall be. Null is the library's default; a bad value is reported by the call that takes the options.
    /// Callbacks run on threads of the library's, perhaps on several at a time.
    /// </summary>
    public sealed partial class Options
    {
        /// <summary>
        /// From the widget KS to hex(H(widget KS + app token)). The token is cancelled when nobody waits for the answer any more.
        /// </summary>
        public Func<string, CancellationToken, Task<string>> TokenHash { get; set; }

        /// <summary>Carries each request over an HTTP stack of the program's; the token is cancelled when nobody waits.</summary>
        public Func<Exchange, CancellationToken, Task> Transport { get; set; }

        public IStore Store { get; set; }

        /// <summary>Takes each line up to LogLevel.</summary>
        public Action<LogLevel, string> Log { get; set; }
        public LogLevel LogLevel { get; set; } = LogLevel.Info;

        static readonly kaltura_token_hash_fn HashWanted = Answer;
        static readonly kaltura_send_fn SendWanted = Send;
        static readonly kaltura_cancel_fn Cancel = source => Kept<CancellationTokenSource>(source).Cancel();
        static readonly kaltura_log_fn LogLine = (log, level, line) => Kept<Action<LogLevel, string>>(log)((LogLevel)level, Text(line));
        static readonly kaltura_store_load_fn StoreLoad = (store, key, blob) =>
        {
            byte[] bytes = Kept<IStore>(store).Load(Text(key));
            C.kaltura_blob_set(blob, bytes, (UIntPtr)(bytes == null ? 0 : bytes.Length));
        };
        static readonly kaltura_store_save_fn StoreSave = (store, key, bytes, length) =>
            Kept<IStore>(store).Save(Text(key), Bytes(bytes, (int)length)) ? 1 : 0;
        static readonly kaltura_store_clear_fn StoreClear = (store, key) => Kept<IStore>(store).Clear(Text(key)) ? 1 : 0;

        /// <summary>Lends C options to a function.</summary>
        internal T With<T>(Func<IntPtr, T> use)
        {
            IntPtr options = NewHandle();
            try
            {
                if (TokenHash != null)
                {
                    C.kaltura_options_set_token_hash(options, HashWanted, Keep(TokenHash), LetGo);
                }
                if (Transport != null)
                {
                    C.kaltura_options_set_transport(options, SendWanted, Keep(Transport), LetGo);
                }
                if (Store != null)
                {
                    C.kaltura_options_set_store(options, StoreLoad, StoreSave, StoreClear, Keep(Store), LetGo);
                }
                if (Log != null)
                {
                    C.kaltura_options_set_log(options, (int)LogLevel, LogLine, Keep(Log), LetGo);
                }
                return use(options);
            }
            finally
            {
                C.kaltura_options_free(options);
            }
        }

        static async void Answer(IntPtr tokenHash, IntPtr hashing)
        {
            try
            {
                var source = new CancellationTokenSource();
                C.kaltura_hashing_on_cancel(hashing, Cancel, Keep(source), LetGo);
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

        static async void Send(IntPtr transport, IntPtr pointer)
        {
            using (var exchange = new Exchange(pointer))
            {
                try
                {
                    var source = new CancellationTokenSource();
                    exchange.OnCancel(Cancel, Keep(source));
                    await Kept<Func<Exchange, CancellationToken, Task>>(transport)(exchange, source.Token).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    exchange.Fail(Status.ConnectionLost, e.Message);
                }
            }
        }
    }

    public sealed partial class Exchange
    {
        internal void OnCancel(kaltura_cancel_fn cancel, IntPtr source) => C.kaltura_exchange_on_cancel(handle, cancel, source, LetGo);
    }
}
