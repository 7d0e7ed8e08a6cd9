//! The program's metrics: one recorder per process, read by `/metrics` in Prometheus' text form.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds, in seconds, of every duration: from one fsync on a fast disk to a client's patience.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper bounds of batch sizes, in events.
const EVENTS: [f64; 7] = [1.0, 4.0, 16.0, 64.0, 256.0, 2048.0, 8192.0];

/// The recorder's handle; the first call installs the recorder.
pub(crate) fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        // Refused only for empty bounds, which these are not; the default then is a summary.
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let builder = builder.and_then(|b| b.set_buckets_for_metric(Matcher::Suffix("_events".to_owned()), &EVENTS));
        let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        // Another recorder is there already only when a program embeds this crate and brings its own.
        metrics::set_global_recorder(recorder).ok();
        describe();
        handle
    })
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("jifen_intake_events_total", "events by what became of them");
    describe_histogram!("jifen_writer_batch_events", "events of one transaction");
    describe_histogram!("jifen_writer_commit_seconds", "from taking a batch to its being durable");
    describe_gauge!("jifen_writer_waiting_events", "events that wait for the writer, per region");
    describe_gauge!("jifen_store_free_bytes", "space left on the database's disk");
    describe_gauge!("jifen_store_free_min_bytes", "below this the alarm of a full disk begins");
    describe_gauge!("jifen_live_streams", "live streams that are open");
    describe_histogram!("jifen_http_request_seconds", "requests by route and status");
}
