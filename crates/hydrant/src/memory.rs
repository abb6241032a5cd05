//! Memory that can't be had ends the program with a message and an exit code, not with an abort: neither of
//! our own, nor of a library that is written in C.

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

/// From now on an abort because of memory that was refused ends the program as a refusal of our own does:
/// librdkafka asserts that it gets what it asks for.
#[expect(unsafe_code, reason = "the C library's interface for signals")]
pub fn tell_of_aborts() {
    let handler: extern "C" fn(libc::c_int) = aborted;
    // SAFETY: the handler calls nothing but system calls, and works on its own stack.
    unsafe { libc::signal(libc::SIGABRT, handler as libc::sighandler_t) };
}

#[expect(unsafe_code, reason = "the C library's interface for signals")]
extern "C" fn aborted(_: libc::c_int) {
    if is_exhausted() {
        say_and_end("error: out of memory: a library that Hydrant uses could not go on without\n");
    }
    // Anything else stays an abort, whoever has sent it: as soon as this returns.
    // SAFETY: system calls.
    unsafe {
        libc::signal(libc::SIGABRT, libc::SIG_DFL);
        libc::raise(libc::SIGABRT);
    }
}

/// Whether the system refuses what the C library would ask it for next.
#[expect(unsafe_code, reason = "memory is asked for as the C library does")]
fn is_exhausted() -> bool {
    /// What a thread's heap reserves.
    const HEAP: usize = 64 << 20;
    let how = libc::PROT_READ | libc::PROT_WRITE;
    let what = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping of its own, which nobody uses and which is given back.
    unsafe {
        let mapped = libc::mmap(std::ptr::null_mut(), HEAP, how, what, -1, 0);
        if mapped == libc::MAP_FAILED {
            return true;
        }
        libc::munmap(mapped, HEAP);
    }
    false
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

/// Says how much was asked for.
#[cold]
#[inline(never)]
fn end(bytes: usize) -> ! {
    let mut line = Line {
        text: [0; 256],
        length: 0,
    };
    let _ = writeln!(
        line,
        "error: out of memory: the system has no {bytes} bytes for this process"
    );
    let text = line.text.get(..line.length).unwrap_or_default();
    say_and_end(std::str::from_utf8(text).unwrap_or_default())
}

/// Says so and ends, without a further allocation, without a lock, and without what libraries have registered
/// for the end.
#[expect(
    unsafe_code,
    reason = "descriptor 2 by its number, and an exit without clean-up"
)]
fn say_and_end(text: &str) -> ! {
    const HELP: &str = "  help: a smaller `run.in_flight_bytes` or fewer lanes need less; see `ulimit -v` and the memory of \
                        the container; `progress.json` in the result directory has what was known last\n";
    // SAFETY: it is not closed when this ends.
    let mut stderr = ManuallyDrop::new(unsafe { File::from_raw_fd(2) });
    drop(stderr.write_all(text.as_bytes()));
    drop(stderr.write_all(HELP.as_bytes()));
    // SAFETY: it does not return.
    unsafe { libc::_exit(i32::from(ExitCode::Failed.code())) }
}
