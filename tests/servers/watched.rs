//! A process that ends with the test process, however that ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server's process, and the shell that waits for this process's end to kill it.
pub(crate) struct Watched {
    watchdog: Child,
    pid: u32,
}

impl Watched {
    /// Starts `program`, which writes to `log`. `shape` adds arguments and variables.
    pub(crate) fn start(program: &Path, log: &Path, shape: impl FnOnce(&mut Command)) -> Watched {
        // The shell's input closes when this process ends, even if it is killed.
        let watch = r#""$@" >&2 & echo $!; cat >/dev/null; kill -9 $!; wait"#;
        let mut shell = Command::new("sh");
        shell.args(["-c", watch, "sh"]).arg(program);
        shape(&mut shell);
        let mut watchdog = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(watchdog.stdout.take().unwrap())
            .read_line(&mut pid)
            .unwrap();
        Watched {
            watchdog,
            pid: pid.trim().parse().unwrap(),
        }
    }

    /// Waits until somebody takes connections on the port.
    pub(crate) fn wait_for(&mut self, port: u16, log: &Path) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = fs::read_to_string(log).unwrap_or_default();
            assert!(Instant::now() < deadline, "nobody answers: {said}");
            assert!(
                self.watchdog.try_wait().unwrap().is_none(),
                "it has ended: {said}"
            );
            pause();
        }
    }

    /// Stops the process's clock: connections stay, nothing is answered.
    pub(crate) fn freeze(&self) {
        signal(self.pid, "STOP");
        // The signal is only queued when `kill` returns: it has stopped when all of its threads have.
        while !self.is_stopped() {
            std::thread::yield_now();
        }
    }

    fn is_stopped(&self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid)).unwrap();
        tasks.flatten().all(|task| {
            let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            // The state stands behind the name, which may hold anything but ends with `)`.
            let state = stat
                .rsplit(") ")
                .next()
                .and_then(|rest| rest.chars().next());
            matches!(state, None | Some('T' | 'Z' | 'X'))
        })
    }

    /// Lets the frozen process go on.
    pub(crate) fn thaw(&self) {
        signal(self.pid, "CONT");
    }
}

/// Sends a process a signal, such as `INT`.
pub(crate) fn signal(pid: u32, name: &str) {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).arg(pid.to_string());
    assert!(kill.status().unwrap().success());
}

impl Drop for Watched {
    fn drop(&mut self) {
        // It kills the server when its input ends.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Between two looks at a server that comes up.
#[expect(clippy::disallowed_methods, reason = "nobody says when it is up")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {talk}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Ports that nobody listens on.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}
