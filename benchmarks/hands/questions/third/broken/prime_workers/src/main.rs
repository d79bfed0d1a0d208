use std::thread;

fn is_prime(n: u64) -> bool {
    if n < 2 {
        return false;
    }
    let mut d = 2;
    while d * d <= n {
        if n % d == 0 {
            return false;
        }
        d += 1;
    }
    true
}

/// Counts the primes in `numbers`, the work is split between `workers` threads.
fn count_primes(numbers: &[u64], workers: usize) -> usize {
    if numbers.is_empty() {
        return 0;
    }
    let chunk_size = numbers.len().div_ceil(workers);
    let mut handles = Vec::new();

    for chunk in numbers.chunks(chunk_size) {
        let handle = thread::spawn(move || chunk.iter().filter(|n| is_prime(**n)).count());
        handles.push(handle);
    }

    let mut total = 0;
    for handle in handles {
        total += handle.join().unwrap();
    }
    total
}

fn main() {
    let numbers: Vec<u64> = (0..50_000).collect();
    println!("{} primes", count_primes(&numbers, 4));
    println!("checked {} numbers", numbers.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers() {
        let primes: Vec<u64> = (0..20).filter(|n| is_prime(*n)).collect();
        assert_eq!(primes, vec![2, 3, 5, 7, 11, 13, 17, 19]);
    }

    #[test]
    fn same_result_for_any_number_of_workers() {
        let numbers: Vec<u64> = (0..1000).collect();
        for workers in [1, 2, 3, 7, 2000] {
            assert_eq!(count_primes(&numbers, workers), 168);
        }
    }

    #[test]
    fn empty_input() {
        assert_eq!(count_primes(&[], 4), 0);
    }
}
