//! Memory that can't be had ends the program with a message and an exit code, not with an abort.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd as _;

use report::ExitCode;

/// The system's allocator, as long as it has something to give.
#[derive(Debug)]
pub struct Memory;

#[expect(unsafe_code, reason = "the interface of allocators")]
// SAFETY: everything is the system's allocator's, but that null is not handed on.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        got(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        got(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        got(unsafe { System.realloc(pointer, layout, size) }, size)
    }
}

#[inline]
fn got(pointer: *mut u8, bytes: usize) -> *mut u8 {
    if pointer.is_null() {
        end(bytes);
    }
    pointer
}

/// A line on the stack.
struct Line {
    text: [u8; 256],
    length: usize,
}

impl std::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.text.get_mut(self.length..self.length + text.len());
        room.ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

/// Says so and ends, without a further allocation, without a lock, and without what libraries have registered
/// for the end.
#[cold]
#[inline(never)]
#[expect(
    unsafe_code,
    reason = "descriptor 2 by its number, and an exit without clean-up"
)]
fn end(bytes: usize) -> ! {
    let mut line = Line {
        text: [0; 256],
        length: 0,
    };
    let _ = write!(
        line,
        "error: out of memory: the system has no {bytes} bytes for this process\n  help: a smaller `run.in_flight_bytes` \
         or fewer lanes need less; see `ulimit -v` and the memory of the container\n"
    );
    // SAFETY: it is not closed when this ends.
    let mut stderr = ManuallyDrop::new(unsafe { File::from_raw_fd(2) });
    drop(stderr.write_all(&line.text[..line.length]));
    // SAFETY: it does not return.
    unsafe { libc::_exit(i32::from(ExitCode::Failed.code())) }
}
