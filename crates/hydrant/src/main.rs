//! The program. Everything it does is in the library beside it, so that tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    hydrant::main(std::env::args_os()).into()
}
