//! Runs a broker until it is interrupted: `cargo run -p streams-broker --example broker -- \
//! [HOST:PORT] [DATA-DIR]`.

use streams_broker::EmbeddedBroker;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut arguments = std::env::args().skip(1);
    let mut builder = EmbeddedBroker::builder()
        .listen(arguments.next().unwrap_or_else(|| "127.0.0.1:9092".into()))
        .default_partitions(4)
        .config("group.initial.rebalance.delay.ms", "0");
    if let Some(dir) = arguments.next() {
        builder = builder.data_dir(dir);
    }
    let broker = builder.start_blocking()?;
    println!("broker on {}; stop it with Ctrl-C", broker.bootstrap_servers());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())?;
    broker.shutdown_blocking()?;
    Ok(())
}
