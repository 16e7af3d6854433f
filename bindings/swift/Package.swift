// swift-tools-version: 6.0
import PackageDescription

// The C library: the XCFramework that packaging/apple/build.sh makes, copied or linked beside this file; without one, the
// header here and a library that the linker is told of, as `make check-swift` does.
let framework = Context.environment["KALTURA_XCFRAMEWORK"]
let cKaltura: Target = framework.map { .binaryTarget(name: "CKaltura", path: $0) }
  ?? .systemLibrary(name: "CKaltura", path: "Sources/CKaltura")

let package = Package(
  name: "KalturaSession",
  platforms: [.iOS(.v13), .macOS(.v11), .macCatalyst(.v14), .tvOS(.v13), .visionOS(.v1)],
  products: [.library(name: "KalturaSession", targets: ["KalturaSession"])],
  targets: [
    cKaltura,
    .target(name: "KalturaSession", dependencies: ["CKaltura"]),
    .executableTarget(name: "GenerateKS", dependencies: ["KalturaSession"], path: "Examples/GenerateKS"),
    .target(name: "PlayKitAdapter", dependencies: ["KalturaSession"], path: "Examples/PlayKitAdapter"),
    .executableTarget(name: "Leaks", dependencies: ["KalturaSession"], path: "Tests/Leaks"),
    .testTarget(name: "KalturaSessionTests", dependencies: ["KalturaSession", "PlayKitAdapter"]),
  ]
)
