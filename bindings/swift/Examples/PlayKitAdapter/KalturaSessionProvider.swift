// A sample: gives PlayKit's players a KS that is always valid. Copy it into the app: PlayKit has a licence of its own.
import KalturaSession

#if canImport(PlayKit)
  import PlayKit
#else
  /// PlayKit's, which is where PlayKit is.
  public protocol SessionProvider {
    var serverURL: String { get }
    var partnerId: Int64 { get }
    func loadKS(completion: @escaping (String?, Error?) -> Void)
  }
#endif

public final class KalturaSessionProvider: SessionProvider {
  private let provider: KalturaSession.SessionProvider

  public init(_ options: SessionOptions) throws { provider = try KalturaSession.SessionProvider(options) }

  public var serverURL: String { provider.serviceURL }
  public var partnerId: Int64 { provider.partnerID }

  /// PlayKit wants its answer on the main queue.
  public func loadKS(completion: @escaping (String?, Error?) -> Void) {
    let answer = Answer(completion: completion)
    Task { @MainActor [provider] in
      do {
        answer.completion(try await provider.load().ks, nil)
      } catch {
        answer.completion(nil, error)
      }
    }
  }

  /// PlayKit's protocol is older than Sendable; the completion is called on the main queue alone.
  private struct Answer: @unchecked Sendable {
    let completion: (String?, Error?) -> Void
  }
}
