using System;
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

    /// <summary>A cancellation that a token cancels.</summary>
    sealed partial class CancellationHandle
    {
        readonly CancellationTokenRegistration registration;

        internal CancellationHandle(CancellationToken token) : base(C.kaltura_cancellation_new()) =>
            registration = token.Register(() => C.kaltura_cancellation_cancel(this));

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
            return Encoding.UTF8.GetString(Bytes(pointer, length));
        }

        internal static byte[] Bytes(IntPtr pointer, int length)
        {
            byte[] bytes = new byte[length];
            Marshal.Copy(pointer, bytes, 0, length);
            return bytes;
        }

        /// <summary>A text of a handle's, which must live until the text is copied.</summary>
        internal static string TextOf<T>(T handle, Func<T, IntPtr> get) where T : SafeHandle
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

        /// <summary>A string that the library gave away.</summary>
        internal static string Taken(IntPtr pointer)
        {
            string text = Text(pointer);
            C.kaltura_free_string(pointer);
            return text;
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
}
