"""Columns of an Arrow table: which are images and which labels, and how they become arrays."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError, import_optional
from sightbits.datasets.streams.naming import IMAGE_NAMES, check_named, choose_label

Kind = Literal["struct", "binary", "bytes", "list", "pixels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """The columns that matter.

    Parameters
    ----------
    images
        One column of images, or one a pixel.
    label
        That of labels.
    kind
        A struct of bytes and path, or binary, of encoded pictures; bytes of raw grey values; lists of numbers; or a
        column a pixel.
    label_names
        Names of labels 0, 1, ..., where the schema has them.
    shape
        Of one image, where the schema says so.
    """

    images: tuple[str, ...]
    label: str
    kind: Kind
    label_names: tuple[str, ...] | None = None
    shape: tuple[int, ...] | None = None

    @property
    def encoded(self) -> bool:
        """Whether images are pictures as PNG or JPEG has them."""
        return self.kind in {"struct", "binary"}

    def pictures(self, batch: Any, where: str) -> list[bytes]:
        """Return the encoded pictures of a batch."""
        column = batch.column(self.images[0])
        there = column.is_valid().to_numpy(zero_copy_only=False)
        if self.kind == "struct":
            column = column.field("bytes")
            there &= column.is_valid().to_numpy(zero_copy_only=False)
        self._refuse_missing(int((~there).sum()), len(there), where, "where only a path is kept, embed the files")
        return column.to_pylist()

    def arrays(self, batch: Any, where: str) -> Shaped[np.ndarray, "n_images *image"]:
        """Return images of numbers as an array, flat where no shape is known."""
        if self.kind == "pixels":
            columns = [batch.column(name) for name in self.images]
            self._refuse_missing(sum(column.null_count for column in columns), len(columns) * batch.num_rows, where)
            images = np.column_stack([column.to_numpy(zero_copy_only=False) for column in columns])
        else:
            column = batch.column(self.images[0])
            column = getattr(column, "storage", column)
            self._refuse_missing(column.null_count, len(column), where)
            images = _from_bytes(column) if self.kind == "bytes" else self._from_lists(column, where)
        if self.shape is not None and int(np.prod(self.shape)) == int(np.prod(images.shape[1:])):
            return images.reshape(-1, *self.shape)
        return images

    def labels(self, column: Any, where: str) -> Any:
        """Return labels as an array."""
        if column.null_count:
            raise InputError(
                f"{self.label} of {where}",
                wanted="a label in every row",
                got=f"{column.null_count:,} missing among {len(column):,}",
                remedy="Drop rows without a label.",
            )
        values = column.dictionary_decode() if hasattr(column, "dictionary_decode") else column
        labels = values.to_numpy(zero_copy_only=False)
        check_named(f"{self.label} of {where}", labels, self.label_names)
        return labels

    def _from_lists(self, column: Any, where: str) -> Shaped[np.ndarray, "n_images *image"]:
        arrow: Any = import_optional("pyarrow", extra="parquet", purpose=f"reading {where}")
        shape = [len(column)]
        while arrow.types.is_list(column.type) or _is_other_list(arrow, column.type):
            self._refuse_missing(column.null_count, len(column), where)
            lengths = Counter(_lengths(column))
            if len(lengths) > 1:
                counts = ", ".join(f"{n:,} of {length}" for length, n in lengths.most_common(4))
                raise InputError(
                    f"{self.images[0]} of {where}",
                    wanted="images of one size",
                    got=f"lists of several lengths ({counts})",
                    remedy="Crop or scale them first: a pixel must be the same place in every image.",
                )
            shape.append(next(iter(lengths)))
            column = column.flatten()
        self._refuse_missing(column.null_count, len(column), where)
        return column.to_numpy(zero_copy_only=False).reshape(shape)

    def _refuse_missing(self, n_missing: int, n_values: int, where: str, further: str = "") -> None:
        if n_missing:
            raise InputError(
                f"{self.images[0]} of {where}",
                wanted="images without missing values",
                got=f"{n_missing:,} missing among {n_values:,}",
                remedy="Drop rows without an image" + f"; {further}" * bool(further) + ".",
            )


def choose_columns(source: str, schema: Any, label: str | None) -> Columns:
    """Return the columns of images and labels of a schema, by their names and types, or raise `InputError`."""
    fields = {field.name: field for field in schema}
    label = choose_label(source, list(fields), label)
    others = {name: field.type for name, field in fields.items() if name != label and not name.startswith("__")}
    kinds = {name: _kind_of(given) for name, given in others.items()}
    images = [name for name, kind in kinds.items() if kind is not None]
    named = [name for name in images if name.lower() in IMAGE_NAMES]
    names = _names_of_labels(schema, label)
    chosen = named or images
    if len(chosen) == 1:
        return Columns(
            images=(chosen[0],),
            label=label,
            kind=kinds[chosen[0]] or "list",
            label_names=names,
            shape=_shape_of(schema, fields[chosen[0]]),
        )
    if not images and others and all(_is_number(given) for given in others.values()):
        return Columns(images=tuple(others), label=label, kind="pixels", label_names=names)
    shown = ", ".join(f"{name} ({given})" for name, given in list(others.items())[:6]) or "none"
    raise InputError(
        source,
        wanted="one column of images: bytes of pictures, or lists of numbers; or a column of numbers a pixel",
        got=f"columns {shown}",
        remedy="Name the column image, or leave out columns that are no images.",
    )


def _kind_of(given: Any) -> Kind | None:
    arrow: Any = import_optional("pyarrow", extra="parquet", purpose="reading a table")
    types = arrow.types
    given = getattr(given, "storage_type", given)
    if types.is_struct(given):
        inner = {given.field(i).name: given.field(i).type for i in range(given.num_fields)}
        return "struct" if "bytes" in inner and _is_binary(types, inner["bytes"]) else None
    if types.is_fixed_size_binary(given):
        return "bytes"
    if _is_binary(types, given):
        return "binary"
    nested = False
    while types.is_list(given) or _is_other_list(arrow, given):
        nested, given = True, given.value_type
    return "list" if nested and _is_number(given) else None


def _is_binary(types: Any, given: Any) -> bool:
    return types.is_binary(given) or types.is_large_binary(given) or types.is_binary_view(given)


def _is_other_list(arrow: Any, given: Any) -> bool:
    return arrow.types.is_large_list(given) or arrow.types.is_fixed_size_list(given)


def _is_number(given: Any) -> bool:
    types: Any = import_optional("pyarrow", extra="parquet", purpose="reading a table").types
    return types.is_integer(given) or types.is_floating(given) or types.is_boolean(given)


def _from_bytes(column: Any) -> Shaped[np.ndarray, "n_images values"]:
    width = column.type.byte_width
    values = np.frombuffer(column.buffers()[1], dtype=np.uint8)
    return values[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)


def _lengths(column: Any) -> list[int]:
    if hasattr(column.type, "list_size"):
        return [column.type.list_size] * min(len(column), 1)
    return column.value_lengths().to_pylist()


def _names_of_labels(schema: Any, label: str) -> tuple[str, ...] | None:
    """Names of classes, as Hugging Face keeps them in the schema."""
    found = _metadata(schema, b"huggingface")
    for key in ("info", "features", label, "names"):
        found = found.get(key) if isinstance(found, dict) else None
    return tuple(map(str, found)) if isinstance(found, list) and found else None


def _shape_of(schema: Any, field: Any) -> tuple[int, ...] | None:
    """The shape of one image: of a tensor type, or as the metadata of a field or schema says."""
    for shape in (getattr(field.type, "shape", None), _metadata(field, b"shape"), _metadata(schema, b"shape")):
        if isinstance(shape, list | tuple) and shape and all(isinstance(n, int) and n > 0 for n in shape):
            return tuple(shape)
    return None


def _metadata(holder: Any, key: bytes) -> Any:
    """What a schema or field says under a key, as JSON; None where it says nothing that can be read."""
    try:
        return json.loads((holder.metadata or {})[key])
    except (KeyError, ValueError, RecursionError):
        return None
