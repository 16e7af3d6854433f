//! What a connection is about to send and has received. Both hold secrets, so nothing stays behind that was used.

use zeroize::Zeroize;

use crate::secret::Zeroizing;

/// Buffers that grow with what they hold. ureq's own have a fixed size, so that a reply whose head is longer than they are
/// looks like one that was cut off, and are not wiped.
#[derive(Default)]
pub(super) struct Buffers {
    output: Zeroizing<Vec<u8>>,
    /// So much of the output waits to be sent.
    held: usize,
    input: Zeroizing<Vec<u8>>,
    /// The part of the input that is here and not yet read.
    start: usize,
    end: usize,
    made_progress: bool,
}

/// Room for more, on either side, at any time. A reply with a KS in it and its head fit at once.
const ROOM: usize = 8 * 1024;

impl Buffers {
    /// Keeps what ureq has just written to the output; how much is kept now.
    pub(super) fn hold(&mut self, amount: usize) -> usize {
        self.held = (self.held + amount).min(self.output.len());
        self.held
    }

    /// What was kept.
    pub(super) fn held(&self) -> &[u8] {
        self.output.get(..self.held).unwrap_or_default()
    }

    /// What was kept is sent.
    pub(super) fn release(&mut self) {
        wipe(&mut self.output, 0, self.held);
        self.held = 0;
    }

    fn make_room(&mut self) {
        grow(&mut self.output, self.held + ROOM);
        if self.start > 0 && self.input.len() - self.end < ROOM {
            self.input.copy_within(self.start..self.end, 0);
            let left = self.end - self.start;
            wipe(&mut self.input, left, self.end);
            (self.start, self.end) = (0, left);
        }
        grow(&mut self.input, self.end + ROOM);
    }
}

impl ureq::unversioned::transport::Buffers for Buffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_room();
        self.output.get_mut(self.held..).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room();
        self.input.get_mut(self.end..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.end = (self.end + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        let from = self.start;
        self.start = (self.start + amount).min(self.end);
        wipe(&mut self.input, from, self.start);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        self.made_progress = amount > 0;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room();
        (self.input.get_mut(self.end..).unwrap_or_default(), self.output.get_mut(self.held..).unwrap_or_default())
    }

    fn can_use_input(&self) -> bool {
        self.start < self.end && self.made_progress
    }
}

fn wipe(bytes: &mut [u8], from: usize, to: usize) {
    if let Some(used) = bytes.get_mut(from..to) {
        used.zeroize();
    }
}

fn grow(bytes: &mut Zeroizing<Vec<u8>>, needed: usize) {
    if bytes.len() < needed {
        // A new one, for a vector that grows leaves its old bytes in the heap.
        let mut larger = Zeroizing::new(vec![0; needed.next_power_of_two()]);
        if let Some(head) = larger.get_mut(..bytes.len()) {
            head.copy_from_slice(bytes);
        }
        *bytes = larger;
    }
}

#[cfg(test)]
mod tests {
    use ureq::unversioned::transport::Buffers as _;

    use super::*;

    #[test]
    fn output_is_kept_until_it_is_released() {
        let mut buffers = Buffers::default();
        buffers.output()[..4].copy_from_slice(b"head");
        buffers.hold(4);
        let (_, output) = buffers.tmp_and_output();
        output[..4].copy_from_slice(b"body");
        assert_eq!(buffers.hold(4), 8);
        assert_eq!(buffers.held(), b"headbody");
        buffers.release();
        assert_eq!(buffers.held(), b"");
        assert!(buffers.output.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn input_moves_on_and_grows_and_what_was_read_is_wiped() {
        let mut buffers = Buffers::default();
        let mut sent = 0..100_000_u32;
        let mut expected = 0..100_000_u32;
        while buffers.end - buffers.start < 70_000 {
            for number in sent.by_ref().take(1_000) {
                buffers.input_append_buf()[..4].copy_from_slice(&number.to_be_bytes());
                buffers.input_appended(4);
            }
            if buffers.input().len() > 40_000 {
                let read: Vec<u8> = buffers.input()[..2_000].to_vec();
                for number in read.chunks(4) {
                    assert_eq!(number, expected.next().unwrap().to_be_bytes());
                }
                buffers.input_consume(2_000);
            }
        }
        assert!(buffers.input[..buffers.start].iter().all(|&byte| byte == 0));
        assert!(buffers.input[buffers.end..].iter().all(|&byte| byte == 0));
        assert!(buffers.can_use_input());
        buffers.input_consume(0);
        assert!(!buffers.can_use_input());
    }
}
