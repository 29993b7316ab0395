"""Numbers as people read them."""


def bytes_text(size: int) -> str:
    """Bytes with a binary unit: `512 B`, `1.50 KiB`, `12.25 MiB`."""
    power = 0
    while power < 4 and round(size / 1024**power, 2) >= 1024:
        power += 1
    number = f"{size / 1024**power:,.2f}" if power else str(size)
    return f"{number.removesuffix('.00')} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def count(number: int, what: str, plural: str | None = None) -> str:
    """A number with its noun: `1 image`, `1,024 images`, `2 classes`."""
    return f"{number:,} {what if number == 1 else plural or f'{what}s'}"
