"""Print the figures of docs/performance.md."""

from bench import foundation, taxi

if __name__ == "__main__":
    foundation.main()
    taxi.main()
