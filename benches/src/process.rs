//! What the operating system has counted of this process, and of others.

use std::fs;

/// CPU time of the process so far, in seconds: user and system, all threads.
pub(crate) fn cpu_seconds() -> f64 {
    let ticks = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = ticks.rsplit(')').next().unwrap_or_default();
    // utime and stime are fields 14 and 15 of the line; the state, field 3, is the first here. A tick is 10 ms.
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    ticks.sum::<u64>() as f64 / 100.0
}

/// The largest resident set so far, in MiB.
pub(crate) fn peak_memory_mib() -> u64 {
    memory_kib("self", "VmHWM:").unwrap_or(0) / 1024
}

/// The resident set of a process, in KiB, if it runs.
pub(crate) fn resident_kib(pid: u32) -> Option<u64> {
    memory_kib(&pid.to_string(), "VmRSS:")
}

fn memory_kib(process: &str, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_busy_process_uses_cpu_and_memory() {
        let start = std::time::Instant::now();
        let mut sum = 0_u64;
        while start.elapsed().as_millis() < 60 {
            sum = sum.wrapping_mul(31).wrapping_add(1);
        }
        assert_ne!(std::hint::black_box(sum), 0);
        assert!(super::cpu_seconds() > 0.0);
        assert!(super::peak_memory_mib() > 0);
    }
}
