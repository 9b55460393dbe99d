# Both images for both architectures: docker buildx bake
# With IMAGE=registry.example/team/dingtalk-webhook the images have that name; --push sends them.

# Name of the sidecar's image. The sandbox's has -sandbox behind it.
variable "IMAGE" {
  default = "dapr-dingtalk-webhook"
}

variable "VERSION" {
  default = "0.1.0"
}

# Address of the repository. If it is empty, there are no labels with addresses.
variable "SOURCE" {
  default = ""
}

# The commit that is built. If it is empty, there is no label with it.
variable "REVISION" {
  default = ""
}

group "default" {
  targets = ["sidecar", "sandbox"]
}

target "common" {
  platforms = ["linux/amd64", "linux/arm64"]
  attest    = ["type=sbom", "type=provenance,mode=max"]
  labels = {
    "org.opencontainers.image.version"       = VERSION
    "org.opencontainers.image.revision"      = REVISION == "" ? null : REVISION
    "org.opencontainers.image.source"        = SOURCE == "" ? null : SOURCE
    "org.opencontainers.image.url"           = SOURCE == "" ? null : SOURCE
    "org.opencontainers.image.documentation" = SOURCE == "" ? null : "${SOURCE}#readme"
    "org.opencontainers.image.licenses"      = "Apache-2.0"
    "io.artifacthub.package.license"         = "Apache-2.0"
    "io.artifacthub.package.category"        = "integration-delivery"
    "io.artifacthub.package.keywords"        = "dapr,dingtalk,webhook,binding,sidecar"
    "io.artifacthub.package.readme-url"      = SOURCE == "" ? null : "${SOURCE}/raw/v${VERSION}/README.md"
  }
}

target "sidecar" {
  inherits = ["common"]
  target   = "sidecar"
  tags     = ["${IMAGE}:${VERSION}", "${IMAGE}:latest"]
}

target "sandbox" {
  inherits = ["common"]
  target   = "sandbox"
  tags     = ["${IMAGE}-sandbox:${VERSION}", "${IMAGE}-sandbox:latest"]
}
