// A KS from an app token, and again whenever one is needed.
import KalturaSession

let options = SessionOptions(partnerID: 101, appTokenID: "0_ab12cd34", appToken: "00112233445566778899aabbccddeeff")
let provider = try SessionProvider(options)
do {
  print(try await provider.load().ks)
} catch {
  print(error.message, error.hint)
}
