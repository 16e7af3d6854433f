//! What is left when the process has no memory: std ends the process when an allocation fails, and a library must not do
//! that to its host. What a call in progress cannot get from the system it gets from here, and goes on to its end; one that
//! begins then is refused, see `os::has_memory`.
//!
//! Only in an object of packaging/prelink.sh or packaging/apple, where nobody else sees this allocator: the host's own memory
//! does not come here, and the library's comes from the system as long as that has any.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: WithReserve = WithReserve;

static RESERVE: Reserve = Reserve {
    area: UnsafeCell::new([0; BYTES]),
    taken: [const { AtomicU64::new(0) }; BLOCKS / 64],
    is_busy: AtomicBool::new(false),
};

/// Several times what a call has at once; no memory is used for it before it is needed, and none of the file.
const BYTES: usize = 1024 * 1024;
/// What is asked for is given in whole blocks, which are aligned to their own size.
const BLOCK: usize = 128;
const BLOCKS: usize = BYTES / BLOCK;

struct WithReserve;

#[repr(align(128))]
struct Reserve {
    area: UnsafeCell<[u8; BYTES]>,
    /// A bit for each block; only whoever is busy changes them.
    taken: [AtomicU64; BLOCKS / 64],
    is_busy: AtomicBool,
}

// SAFETY: a block of the area belongs to whoever took it, and what is taken changes only between `begin` and `end`.
unsafe impl Sync for Reserve {}

impl Reserve {
    /// The first blocks in a row that suffice; NULL if there are none.
    fn take(&self, layout: Layout) -> *mut u8 {
        let wanted = blocks_of(layout.size());
        if layout.align() > BLOCK || wanted > BLOCKS {
            return ptr::null_mut();
        }
        self.begin();
        let mut free = 0;
        let end = (0..BLOCKS).find(|&block| {
            free = if self.is_taken(block) { 0 } else { free + 1 };
            free == wanted
        });
        let start = end.map(|end| end + 1 - wanted);
        if let Some(start) = start {
            self.mark(start, wanted);
        }
        self.end();
        start.map_or(ptr::null_mut(), |start| self.base().wrapping_add(start * BLOCK))
    }

    fn give_back(&self, piece: *mut u8, size: usize) {
        self.begin();
        self.mark((piece.addr() - self.base().addr()) / BLOCK, blocks_of(size));
        self.end();
    }

    fn holds(&self, piece: *mut u8) -> bool {
        (self.base().addr()..self.base().addr() + BYTES).contains(&piece.addr())
    }

    fn base(&self) -> *mut u8 {
        self.area.get().cast()
    }

    fn is_taken(&self, block: usize) -> bool {
        self.taken.get(block / 64).is_none_or(|bits| bits.load(Ordering::Relaxed) & (1 << (block % 64)) != 0)
    }

    /// What was free is taken then, and the other way round.
    fn mark(&self, start: usize, count: usize) {
        for block in start..start + count {
            if let Some(bits) = self.taken.get(block / 64) {
                bits.fetch_xor(1 << (block % 64), Ordering::Relaxed);
            }
        }
    }

    /// Without a lock of std's, which may allocate.
    fn begin(&self) {
        while self.is_busy.swap(true, Ordering::Acquire) {
            hint::spin_loop();
        }
    }

    fn end(&self) {
        self.is_busy.store(false, Ordering::Release);
    }
}

fn blocks_of(size: usize) -> usize {
    size.div_ceil(BLOCK).max(1)
}

// SAFETY: the system's allocator is one; a piece of the reserve is large enough, aligned, and nobody else's until it is
// given back; whose a piece is, its address tells.
unsafe impl GlobalAlloc for WithReserve {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout.
        let piece = unsafe { System.alloc(layout) };
        if piece.is_null() { RESERVE.take(layout) } else { piece }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout.
        let piece = unsafe { System.alloc_zeroed(layout) };
        if !piece.is_null() {
            return piece;
        }
        let piece = RESERVE.take(layout);
        if !piece.is_null() {
            // SAFETY: a piece of so many bytes, which is ours. It may have been somebody's before.
            unsafe { piece.write_bytes(0, layout.size()) };
        }
        piece
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if RESERVE.holds(piece) {
            RESERVE.give_back(piece, layout.size());
        } else {
            // SAFETY: not of the reserve, hence the system's.
            unsafe { System.dealloc(piece, layout) };
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !RESERVE.holds(piece) {
            // SAFETY: not of the reserve, hence the system's; the caller's layout and size.
            let moved = unsafe { System.realloc(piece, layout, new_size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller's size fits the alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the size is not zero, by the caller's word.
        let moved = unsafe { self.alloc(new_layout) };
        if !moved.is_null() {
            // SAFETY: both are as long as that, and a new piece is no part of the old one.
            unsafe { ptr::copy_nonoverlapping(piece, moved, layout.size().min(new_size)) };
            // SAFETY: the caller's piece, with the layout that it was taken with.
            unsafe { self.dealloc(piece, layout) };
        }
        moved
    }
}
