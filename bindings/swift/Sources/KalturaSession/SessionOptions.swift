import CKaltura
import Foundation

/// What a session shall be, and how it is got; nil is the library's default. `SessionProvider.init` reports by name what cannot
/// be right. kaltura_session.h has more on each.
public struct SessionOptions: Sendable {
  public var partnerID: Int64
  public var appTokenID: String
  /// nil if `tokenHash` supplies the hash, so that the token stays on a backend.
  public var appToken: String?
  public var serviceURL: String?
  public var allowHTTP = false
  public var hashType: KalturaHashType?
  public var userID: String?
  public var sessionType: KalturaSessionType?
  public var expirySeconds: Int64?
  public var privileges: String?
  public var widgetID: String?
  public var clientTag: String?
  /// Seconds, for a whole call.
  public var totalTimeout: TimeInterval?
  public var maxAttempts: Int32?
  /// Seconds before the end of a session: when to refresh in the background, and when to make loads wait.
  public var refreshWindows: (advisory: Int64, mandatory: Int64)?
  public var trust: KalturaTrust?
  /// Texts of PEM files; and each pin the base64 of the SHA-256 of a SubjectPublicKeyInfo.
  public var certificateAuthorities: [String] = []
  public var pins: [String] = []
  /// Answers with hex(H(widget KS + app token)); its task is cancelled when nobody waits any more.
  public var tokenHash: (@Sendable (_ widgetKS: String) async throws -> String)?
  public var store: (any SessionStore)?
  public var logLevel = KalturaLogLevel.info
  /// Takes a log line, which holds no secret, on any thread.
  public var log: (@Sendable (KalturaLogLevel, String) -> Void)?

  public init(partnerID: Int64, appTokenID: String, appToken: String? = nil) {
    self.partnerID = partnerID
    self.appTokenID = appTokenID
    self.appToken = appToken
  }
}

/// Keeps a provider's session between runs of the app. A blob holds secrets: a Keychain is the place for it.
public protocol SessionStore: Sendable {
  func load(_ key: String) -> Data?
  func save(_ key: String, _ blob: Data) -> Bool
  func clear(_ key: String) -> Bool
}

extension SessionOptions {
  /// The C library's options, for `body`, which copies them.
  func with<Result>(_ body: (OpaquePointer) -> Result) -> Result {
    let options = kaltura_options_new(partnerID, appTokenID, appToken)
    defer { kaltura_options_free(options) }
    kaltura_options_set_service_url(options, serviceURL)
    kaltura_options_set_allow_http(options, allowHTTP ? 1 : 0)
    kaltura_options_set_user_id(options, userID)
    kaltura_options_set_privileges(options, privileges)
    kaltura_options_set_widget_id(options, widgetID)
    kaltura_options_set_client_tag(options, clientTag)
    if let hashType { kaltura_options_set_hash_type(options, hashType) }
    if let sessionType { kaltura_options_set_session_type(options, sessionType) }
    if let expirySeconds { kaltura_options_set_expiry_seconds(options, expirySeconds) }
    if let totalTimeout { kaltura_options_set_total_timeout_ms(options, milliseconds(totalTimeout)) }
    if let maxAttempts { kaltura_options_set_max_attempts(options, maxAttempts) }
    if let windows = refreshWindows { kaltura_options_set_refresh_windows_seconds(options, windows.advisory, windows.mandatory) }
    if let trust { kaltura_options_set_trust(options, trust) }
    for pem in certificateAuthorities { kaltura_options_add_ca_pem(options, pem) }
    for pin in pins { kaltura_options_add_pin_spki_sha256(options, pin) }
    if let tokenHash { setTokenHash(options, tokenHash) }
    if let store { setStore(options, store) }
    if let log { setLog(options, log) }
    return body(options)
  }

  private func setTokenHash(_ options: OpaquePointer, _ hash: @escaping @Sendable (String) async throws -> String) {
    kaltura_options_set_token_hash(options, { userData, hashing in
      let hash: @Sendable (String) async throws -> String = Box.value(userData)
      let hashing = Handle(hashing!, free: kaltura_hashing_free)
      let task = Task {
        do {
          kaltura_hashing_reply(hashing.pointer, try await hash(String(cString: kaltura_hashing_widget_ks(hashing.pointer))))
        } catch {
          kaltura_hashing_fail(hashing.pointer, error.localizedDescription)
        }
      }
      kaltura_hashing_on_cancel(hashing.pointer, { (Box.value($0) as Task<Void, Never>).cancel() }, Box(task).retained(), release)
    }, Box(hash).retained(), release)
  }

  private func setStore(_ options: OpaquePointer, _ store: any SessionStore) {
    kaltura_options_set_store(options, { userData, key, blob in
      guard let data = (Box.value(userData) as any SessionStore).load(String(cString: key!)) else { return }
      data.withUnsafeBytes { kaltura_blob_set(blob, $0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    }, { userData, key, bytes, length in
      (Box.value(userData) as any SessionStore).save(String(cString: key!), Data(bytes: bytes!, count: length)) ? 1 : 0
    }, { userData, key in
      (Box.value(userData) as any SessionStore).clear(String(cString: key!)) ? 1 : 0
    }, Box(store).retained(), release)
  }

  private func setLog(_ options: OpaquePointer, _ log: @escaping @Sendable (KalturaLogLevel, String) -> Void) {
    kaltura_options_set_log(options, logLevel, { userData, level, line in
      (Box.value(userData) as @Sendable (KalturaLogLevel, String) -> Void)(level, String(cString: line!))
    }, Box(log).retained(), release)
  }
}

/// Prints without the app token, so that it may be logged.
extension SessionOptions: CustomReflectable {
  public var customMirror: Mirror { Mirror(self, children: ["partnerID": partnerID, "appTokenID": appTokenID]) }
}

private func milliseconds(_ seconds: TimeInterval) -> Int64 { Int64(exactly: (seconds * 1000).rounded()) ?? -1 }
