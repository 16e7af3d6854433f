//! What `fuzz/` reaches and nobody else should: compiled with `--cfg fuzzing` alone.

use crate::blob;
use crate::clock::Moment;
use crate::memory::Memory;
use crate::options::Settings;
use crate::provider::store;
use crate::secret::Zeroizing;
use crate::session::Session;

/// The keys of a flow's blob and of a provider's.
pub fn keys(settings: &Settings) -> [String; 2] {
    [blob::key(settings, "flow", &[]), store::key(settings)]
}

/// Reads a flow's blob.
pub fn read_memory(bytes: &[u8], settings: &Settings, now: Moment, boot: Option<&str>) -> Option<Memory> {
    Memory::from_blob(bytes, settings, now, boot)
}

/// Writes a flow's blob.
pub fn write_memory(memory: &Memory, settings: &Settings, now: Moment, boot: Option<&str>) -> Zeroizing<Vec<u8>> {
    memory.to_blob(settings, now, boot)
}

/// Reads a provider's blob.
pub fn read_session(bytes: &[u8], settings: &Settings, now: Moment, boot: Option<&str>) -> Option<(Session, Memory)> {
    store::read(&store::key(settings), bytes, now, boot).map(|kept| (kept.session, kept.memory))
}

/// Writes a provider's blob.
pub fn write_session(
    session: &Session,
    memory: &Memory,
    settings: &Settings,
    now: Moment,
    boot: Option<&str>,
) -> Zeroizing<Vec<u8>> {
    store::write(&store::key(settings), session, memory, now, boot)
}
