import CKaltura
import Foundation

/// A Kaltura Session, as granted and not as asked for. Its KS is wiped from the library's memory with its last copy.
public struct Session: Sendable {
  private let handle: Handle

  /// What every other call to Kaltura wants. Send it in the body of a request, not in a URL.
  public var ks: String { String(cString: kaltura_session_ks(handle.pointer)) }
  public var partnerID: Int64 { kaltura_session_partner_id(handle.pointer) }
  public var userID: String { String(cString: kaltura_session_user_id(handle.pointer)) }
  public var type: KalturaSessionType { kaltura_session_granted_type(handle.pointer) }
  /// What it may do, as the server lists it: "name:value/value,name,...".
  public var privileges: String { String(cString: kaltura_session_privileges(handle.pointer)) }
  /// What was asked for and not granted: later calls that need it are refused.
  public var droppedPrivileges: String { String(cString: kaltura_session_dropped_privileges(handle.pointer)) }
  /// In what it differs from what was asked for.
  public var adjustments: KalturaAdjustment { kaltura_session_adjustments(handle.pointer) }
  /// The app token's hash type: name it in the options, and save requests.
  public var hashType: KalturaHashType { kaltura_session_hash_type(handle.pointer) }
  /// When it ends, on the server's clock, which may differ from the device's.
  public var expiresAt: Date { Date(timeIntervalSince1970: TimeInterval(kaltura_session_expires_at_seconds(handle.pointer))) }
  /// How long it still lives: right on a device with a wrong date, and after sleep.
  public var remaining: TimeInterval { TimeInterval(kaltura_session_remaining_ms(handle.pointer)) / 1000 }

  init(_ session: OpaquePointer) { handle = Handle(session, free: kaltura_session_free) }
}

/// Prints without the KS, so that it may be logged.
extension Session: CustomReflectable {
  public var customMirror: Mirror { Mirror(self, children: ["partnerID": partnerID, "remaining": remaining]) }
}
