import CKaltura
import Foundation

/// Why a call failed. It never holds a KS, a token or a token hash, so it may be logged.
public struct KalturaError: Error, Sendable, LocalizedError, CustomNSError, CustomStringConvertible {
  private let handle: Handle

  public var status: KalturaStatus { kaltura_error_status(handle.pointer) }
  /// Whose turn it is: the caller, the network, whatever answered, the account, or the library.
  public var category: KalturaCategory { kaltura_error_category(handle.pointer) }
  /// Where in the flow it happened.
  public var step: KalturaStep { kaltura_error_step(handle.pointer) }
  /// What went wrong, in one line for a log.
  public var message: String { String(cString: kaltura_error_message(handle.pointer)) }
  /// What to do about it, for whoever set up the app.
  public var hint: String { String(cString: kaltura_error_hint(handle.pointer)) }
  /// Which value was refused, if it was a value.
  public var option: String? { text(kaltura_error_option(handle.pointer)) }
  /// The server's own code, for instance "INVALID_APP_TOKEN_HASH".
  public var apiCode: String? { text(kaltura_error_api_code(handle.pointer)) }
  /// The server's own message, redacted.
  public var apiMessage: String? { text(kaltura_error_api_message(handle.pointer)) }
  /// An argument of the server's message, redacted.
  public func apiArgument(_ name: String) -> String? { text(kaltura_error_api_arg(handle.pointer, name)) }
  /// Why the server refused a KS, if it did.
  public var ksReason: KalturaKsReason { kaltura_error_ks_reason(handle.pointer) }
  /// The HTTP status of the reply that was the failure; 0 if no reply came.
  public var httpStatus: Int { Int(kaltura_error_http_status(handle.pointer)) }
  /// Whether the same call may succeed later with nothing changed.
  public var isRetryable: Bool { kaltura_error_is_retryable(handle.pointer) != 0 }
  /// How long the server wants to be left alone, from when the error was made.
  public var retryAfter: TimeInterval { TimeInterval(kaltura_error_retry_after_ms(handle.pointer)) / 1000 }
  public var attempts: Int { Int(kaltura_error_attempts(handle.pointer)) }
  /// Name the server's log line, and the host that answered: for Kaltura's support.
  public var serverSession: String? { text(kaltura_error_server_session(handle.pointer)) }
  public var serverHost: String? { text(kaltura_error_server_host(handle.pointer)) }

  public var description: String { "\(String(cString: kaltura_status_name(status))): \(message)" }
  public var errorDescription: String? { message }
  public var recoverySuggestion: String? { hint }
  public static var errorDomain: String { "KalturaSession" }
  public var errorCode: Int { Int(status.rawValue) }

  /// Takes over what the library gave with a failure.
  init(_ error: OpaquePointer) { handle = Handle(error, free: kaltura_error_free) }
}
