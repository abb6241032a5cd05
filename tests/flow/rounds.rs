//! How many round trips an apply takes. A gate in front of the sandbox lets everybody through when
//! nobody new comes any more: one opening is one round trip, however long it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use tokio::sync::{Notify, watch};

use super::{Bench, WHOLE, client_at, spec};

/// Turns of the runtime in which nobody came: whoever is going to call has called.
const QUIET: usize = 200;

struct Gate {
    sandbox: String,
    http: reqwest::Client,
    /// Everybody who ever came.
    came: AtomicUsize,
    /// Calls that were let through and are not answered.
    inside: AtomicUsize,
    arrival: Notify,
    opened: watch::Sender<usize>,
}

impl Gate {
    async fn keep(self: Arc<Self>) {
        loop {
            self.arrival.notified().await;
            let (mut quiet, mut seen) = (0, 0);
            while quiet < QUIET {
                tokio::task::yield_now().await;
                let came = self.came.load(Ordering::SeqCst);
                let is_quiet = came == seen && self.inside.load(Ordering::SeqCst) == 0;
                quiet = if is_quiet { quiet + 1 } else { 0 };
                seen = came;
            }
            self.opened.send_modify(|opened| *opened += 1);
        }
    }

    async fn pass(
        &self,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> reqwest::Result<(u16, HeaderMap, Bytes)> {
        let path = uri.path_and_query().unwrap();
        let mut call = self.http.request(method, format!("{}{path}", self.sandbox));
        for (name, value) in &headers {
            if !["host", "content-length"].contains(&name.as_str()) {
                call = call.header(name, value);
            }
        }
        let answer = call.body(body).send().await?;
        let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
        headers.remove("content-length");
        headers.remove("transfer-encoding");
        Ok((status, headers, answer.bytes().await?))
    }
}

async fn through(
    State(gate): State<Arc<Gate>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut opened = gate.opened.subscribe();
    opened.mark_unchanged();
    gate.came.fetch_add(1, Ordering::SeqCst);
    gate.arrival.notify_one();
    opened.changed().await.unwrap();
    gate.inside.fetch_add(1, Ordering::SeqCst);
    let answer = gate.pass(method, uri, headers, body).await;
    gate.inside.fetch_sub(1, Ordering::SeqCst);
    let (status, headers, body) = answer.unwrap();
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status.try_into().unwrap();
    *answer.headers_mut() = headers;
    answer
}

/// Round trips of an apply of this flow from nothing to a flow that is enabled.
fn rounds(options: &str) -> usize {
    let bench = Bench::new(1);
    let spec = spec(options);
    let state = bench.state();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let gate = Arc::new(Gate {
            sandbox: bench.sandbox.platform_url(),
            http: reqwest::Client::new(),
            came: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            arrival: Notify::new(),
            opened: watch::Sender::new(0),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(through);
        let router = router.with_state(Arc::clone(&gate));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        tokio::spawn(Arc::clone(&gate).keep());
        let client = client_at(&bench.sandbox, &url, 1);
        let mut told = |_| {};
        let applied = Box::pin(flow::apply(&client, &spec, &state, &mut told));
        let applied = applied.await.unwrap();
        flow::ready::enabled(&client, &applied).await.unwrap();
        *gate.opened.borrow()
    })
}

#[test]
fn an_apply_takes_at_most_four_round_trips_more_than_its_longest_chain() {
    // Field group, schema, identity, profile, dataset, target connection, flow.
    let whole = rounds(&WHOLE.replace(r#""profile": false"#, r#""profile": true"#));
    assert!((8..=7 + 4).contains(&whole), "{whole}");
    // Schema, dataset, target connection, flow.
    let plain = rounds(r#"{"name": "bench", "mapping": {"id": "_id"}}"#);
    assert!((5..=4 + 4).contains(&plain), "{plain}");
}
