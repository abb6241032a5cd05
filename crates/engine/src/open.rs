//! Opening all producers, at the same time.

use std::thread;

use batch::Clock;
use producers::Producer;

use crate::in_flight::InFlight;
use crate::run::said;
use crate::{Error, StreamPlan};

/// One producer for each lane of each stream. Fails with the first refusal; what was opened until
/// then is closed again.
pub(crate) fn open(
    streams: &[StreamPlan],
    clock: &Clock,
) -> Result<Vec<Vec<Box<dyn Producer>>>, Error> {
    thread::scope(|scope| {
        let mut opening = Vec::with_capacity(streams.len());
        for stream in streams {
            let mut lanes = Vec::with_capacity(stream.options.lanes);
            for index in 0..stream.options.lanes.max(1) {
                let lane = lane(stream, index, clock);
                let open = move || stream.destination.open(lane);
                let name = format!("open {index}");
                lanes.push(
                    thread::Builder::new()
                        .name(name)
                        .spawn_scoped(scope, open)?,
                );
            }
            opening.push((stream, lanes));
        }
        let mut opened = Vec::with_capacity(streams.len());
        for (stream, lanes) in opening {
            let producers: Result<Vec<_>, _> = lanes
                .into_iter()
                .map(|lane| {
                    lane.join()
                        .unwrap_or_else(|panic| Err(producers::Error::new(said(&*panic))))
                })
                .collect();
            opened.push(producers.map_err(|error| Error::Open {
                stream: stream.name.clone(),
                destination: stream.destination.describe(),
                error,
            })?);
        }
        Ok(opened)
    })
}

fn lane(stream: &StreamPlan, index: usize, clock: &Clock) -> producers::Lane {
    let bounds = InFlight::new(&stream.options, stream.template.max_size());
    let size = bounds.pool_size();
    let ordinal = stream.lane_share(index).index;
    producers::Lane {
        index,
        count: stream.options.lanes.max(1),
        clock: clock.clone(),
        batches: size.batches,
        records_per_batch: size.records,
        bytes_in_flight: bounds.bytes_at_most(),
        client_id: format!("hydrant-{}-{ordinal}", stream.name),
    }
}
