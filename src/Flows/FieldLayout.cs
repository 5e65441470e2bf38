using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>A named range of columns.</summary>
public sealed record Field(string Name, int Start, int Length)
{
    /// <summary>Its columns.</summary>
    public IEnumerable<int> Columns => Enumerable.Range(Start, Length);
}

/// <summary>Which columns of [B, D] are bonds, angles, torsions, core, ...: names and ranges, side by side. Immutable.</summary>
public sealed class FieldLayout
{
    public const string Bonds = "bonds", Angles = "angles", Torsions = "torsions", Core = "core";

    private readonly Field[] _fields;

    /// <summary>Fields in their order of columns; an empty field keeps its name.</summary>
    /// <exception cref="ArgumentException">A name twice, a negative length, or no column.</exception>
    public FieldLayout(params (string Name, int Length)[] fields)
    {
        int start = 0;
        _fields = new Field[fields.Length];
        for (int k = 0; k < fields.Length; start += fields[k].Length, k++)
        {
            if (fields[k].Length < 0 || fields.Take(k).Any(f => f.Name == fields[k].Name))
                throw new ArgumentException($"Field '{fields[k].Name}' is named twice or has a negative length.");
            _fields[k] = new(fields[k].Name, start, fields[k].Length);
        }
        Dimension = start > 0 ? start : throw new ArgumentException("A layout has at least one column.");
    }

    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>D, the columns of all fields together.</summary>
    public int Dimension { get; }

    /// <summary>A field by name.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public Field this[string name] => Array.Find(_fields, f => f.Name == name) ??
        throw new ArgumentException($"No field '{name}': there are {string.Join(", ", _fields.Select(f => f.Name))}.");

    /// <summary>The columns of some fields, field by field.</summary>
    public int[] Columns(params string[] names) => [.. names.SelectMany(n => this[n].Columns)];

    /// <summary>The columns of one field.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="name">A field.</param>
    /// <returns>[B, length], a view.</returns>
    public Tensor Split(Tensor x, string name)
    {
        if (x.dim() != 2 || x.shape[1] != Dimension)
            throw new ArgumentException($"This layout has {Dimension} columns; the tensor is [{string.Join(", ", x.shape)}].");
        return x.narrow(1, this[name].Start, this[name].Length);
    }

    /// <summary>Puts fields together; the inverse of <see cref="Split"/>.</summary>
    /// <param name="fields">Every field of this layout that is not empty, [B, length].</param>
    /// <returns>[B, D].</returns>
    /// <exception cref="ArgumentException">A field is missing, unknown or has another width.</exception>
    public Tensor Merge(IReadOnlyDictionary<string, Tensor> fields)
    {
        foreach (string name in fields.Keys)
            _ = this[name];
        return cat([.. _fields.Where(f => f.Length > 0).Select(f => fields.TryGetValue(f.Name, out Tensor? t) && t.dim() == 2
            && t.shape[1] == f.Length
            ? t
            : throw new ArgumentException($"Field '{f.Name}' must be given as [B, {f.Length}]."))], 1);
    }
}
