//! SHA-256 and SHA-512. With the transport they are ring's, which TLS brings along: the crate `sha2` beside it would be
//! 22 KB more, and slower on processors without instructions for it.

/// Of the parts one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    implementation::sha256(parts)
}

/// Of the parts one after the other.
pub(crate) fn sha512(parts: &[&[u8]]) -> [u8; 64] {
    implementation::sha512(parts)
}

#[cfg(feature = "http")]
mod implementation {
    use ring::digest::{Algorithm, Context, Digest, SHA256, SHA512};

    pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
        digest(&SHA256, parts).as_ref().try_into().unwrap_or([0; 32])
    }

    pub(super) fn sha512(parts: &[&[u8]]) -> [u8; 64] {
        digest(&SHA512, parts).as_ref().try_into().unwrap_or([0; 64])
    }

    fn digest(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Digest {
        let mut context = Context::new(algorithm);
        for part in parts {
            context.update(part);
        }
        context.finish()
    }
}

#[cfg(not(feature = "http"))]
mod implementation {
    use sha2::digest::{Digest, Output};

    pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
        digest::<sha2::Sha256>(parts).into()
    }

    pub(super) fn sha512(parts: &[&[u8]]) -> [u8; 64] {
        digest::<sha2::Sha512>(parts).into()
    }

    fn digest<D: Digest>(parts: &[&[u8]]) -> Output<D> {
        let mut hash = D::new();
        for part in parts {
            hash.update(part);
        }
        hash.finalize()
    }
}
