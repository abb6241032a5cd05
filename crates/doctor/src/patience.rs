//! Every look ends in time, and says what it waits for where that takes a while.

use std::time::Duration;

use options::about;
use tokio::time::{sleep, timeout};

/// Says what is waited for.
pub type Tell<'a> = &'a (dyn Fn(&str) + Sync);

/// What takes longer than this is told.
const UNTOLD: Duration = Duration::from_secs(1);

/// What comes of `job` within `limit`; the error says that it did not come to an end.
pub(crate) async fn within<T>(
    limit: Duration,
    what: &str,
    tell: Tell<'_>,
    job: impl Future<Output = T>,
) -> Result<T, String> {
    telling_after(UNTOLD, limit, what, tell, job).await
}

async fn telling_after<T>(
    untold: Duration,
    limit: Duration,
    what: &str,
    tell: Tell<'_>,
    job: impl Future<Output = T>,
) -> Result<T, String> {
    let telling = async {
        sleep(untold).await;
        tell(&format!("waiting for {what}, at most {}", about(limit)));
        std::future::pending().await
    };
    let told = async {
        tokio::select! {
            done = job => done,
            never = telling => never,
        }
    };
    let done = timeout(limit, told).await;
    done.map_err(|_| format!("no answer within {}", about(limit)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn what_takes_a_while_is_told_and_ends() {
        let said = Mutex::new(Vec::new());
        let tell = |text: &str| said.lock().unwrap().push(text.to_owned());
        let (now, minute) = (Duration::ZERO, Duration::from_mins(1));
        let quick = telling_after(minute, minute, "one", &tell, async { 1 }).await;
        assert_eq!(quick, Ok(1));
        let short = Duration::from_millis(50);
        let never = std::future::pending::<()>();
        let never = telling_after(now, short, "two", &tell, never).await;
        assert_eq!(never, Err("no answer within 50 ms".to_owned()));
        assert_eq!(*said.lock().unwrap(), ["waiting for two, at most 50 ms"]);
    }
}
