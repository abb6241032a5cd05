//! The program. Everything it does is in the library beside it, so that tests can reach it.

use std::process::ExitCode;

#[global_allocator]
static MEMORY: hydrant::Memory = hydrant::Memory;

#[expect(
    unsafe_code,
    reason = "the environment is changed, before there is a thread to see it change"
)]
fn main() -> ExitCode {
    // SAFETY: this is the only thread.
    unsafe {
        hydrant::spare_loopback();
        hydrant::spare_sandbox(std::env::args_os());
    }
    hydrant::tell_of_aborts();
    hydrant::main(std::env::args_os()).into()
}
