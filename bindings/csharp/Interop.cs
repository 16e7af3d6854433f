using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace KalturaSession
{
    // The runtime counts the calls that use a SafeHandle, and frees it once, after the last.
    abstract class KalturaHandle : SafeHandle
    {
        protected KalturaHandle(IntPtr pointer) : base(IntPtr.Zero, true) => SetHandle(pointer);

        public override bool IsInvalid => handle == IntPtr.Zero;
    }

    sealed class SessionHandle : KalturaHandle
    {
        internal SessionHandle(IntPtr pointer) : base(pointer) { }

        protected override bool ReleaseHandle()
        {
            C.kaltura_session_free(handle);
            return true;
        }
    }

    sealed class ProviderHandle : KalturaHandle
    {
        internal ProviderHandle(IntPtr pointer) : base(pointer) { }

        protected override bool ReleaseHandle()
        {
            C.kaltura_provider_free(handle);
            return true;
        }
    }

    /// <summary>A cancellation that a token cancels.</summary>
    sealed class CancellationHandle : KalturaHandle
    {
        readonly CancellationTokenRegistration registration;

        internal CancellationHandle(CancellationToken token) : base(C.kaltura_cancellation_new()) =>
            registration = token.Register(() => C.kaltura_cancellation_cancel(this));

        protected override bool ReleaseHandle()
        {
            C.kaltura_cancellation_free(handle);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                registration.Dispose(); // waits for the call above
            }
            base.Dispose(disposing);
        }
    }

    static class Interop
    {
        internal static readonly kaltura_destroy_fn LetGo = userData => GCHandle.FromIntPtr(userData).Free();

        static Interop()
        {
            if (C.kaltura_abi_version() != C.AbiVersion)
            {
                throw new DllNotFoundException("libkaltura_session has ABI " + C.kaltura_abi_version());
            }
        }

        /// <summary>The user_data for a callback, whose destroy function is LetGo.</summary>
        internal static IntPtr Keep(object value) => GCHandle.ToIntPtr(GCHandle.Alloc(value));

        internal static T Kept<T>(IntPtr userData) => (T)GCHandle.FromIntPtr(userData).Target;

        /// <summary>C would see what is before a NUL; the character in its place is refused, as a NUL should be.</summary>
        internal static byte[] Utf8(string text) =>
            text == null ? null : Encoding.UTF8.GetBytes(text.Replace('\0', '\x01') + "\0");

        internal static string Text(IntPtr pointer)
        {
            if (pointer == IntPtr.Zero)
            {
                return null;
            }
            int length = 0;
            while (Marshal.ReadByte(pointer, length) != 0)
            {
                length++;
            }
            byte[] bytes = new byte[length];
            Marshal.Copy(pointer, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }

        /// <summary>What to throw for an error, which is freed.</summary>
        internal static Exception Failure(IntPtr error, CancellationToken token)
        {
            var failure = new KalturaException(error);
            return failure.Status == Status.Cancelled ? new OperationCanceledException(failure.Message, failure, token) : (Exception)failure;
        }

        internal static void ThrowIfAny(IntPtr error, CancellationToken token = default(CancellationToken))
        {
            if (error != IntPtr.Zero)
            {
                throw Failure(error, token);
            }
        }
    }

    /// <summary>Why a call failed. It never holds a KS, a token or a token hash, so it may be logged.</summary>
    public sealed class KalturaException : Exception
    {
        public Status Status { get; }
        public Category Category { get; }
        public Step Step { get; }
        public KsReason KsReason { get; }
        public string Hint { get; }
        public string Option { get; }
        public string ApiCode { get; }
        public string ApiMessage { get; }
        public IReadOnlyDictionary<string, string> ApiArgs { get; }
        public int HttpStatus { get; }
        public bool IsRetryable { get; }
        public TimeSpan RetryAfter { get; }
        public int Attempts { get; }
        public string ServerSession { get; }
        public string ServerHost { get; }

        internal KalturaException(IntPtr error) : base(Interop.Text(C.kaltura_error_message(error)))
        {
            Status = (Status)C.kaltura_error_status(error);
            Category = (Category)C.kaltura_error_category(error);
            Step = (Step)C.kaltura_error_step(error);
            KsReason = (KsReason)C.kaltura_error_ks_reason(error);
            Hint = Interop.Text(C.kaltura_error_hint(error));
            Option = Interop.Text(C.kaltura_error_option(error));
            ApiCode = Interop.Text(C.kaltura_error_api_code(error));
            ApiMessage = Interop.Text(C.kaltura_error_api_message(error));
            HttpStatus = C.kaltura_error_http_status(error);
            IsRetryable = C.kaltura_error_is_retryable(error) != 0;
            RetryAfter = TimeSpan.FromMilliseconds(C.kaltura_error_retry_after_ms(error));
            Attempts = C.kaltura_error_attempts(error);
            ServerSession = Interop.Text(C.kaltura_error_server_session(error));
            ServerHost = Interop.Text(C.kaltura_error_server_host(error));
            var arguments = new Dictionary<string, string>();
            string name;
            while ((name = Interop.Text(C.kaltura_error_api_arg_name(error, (UIntPtr)arguments.Count))) != null)
            {
                arguments[name] = Interop.Text(C.kaltura_error_api_arg(error, Interop.Utf8(name)));
            }
            ApiArgs = arguments;
            C.kaltura_error_free(error);
        }
    }
}
