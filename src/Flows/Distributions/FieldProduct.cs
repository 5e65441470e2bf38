using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>Independent fields side by side: p(x) = product over fields. Owns the parts.</summary>
public sealed class FieldProduct : Distribution
{
    private readonly (Field Field, Distribution Part)[] _parts;

    /// <param name="layout">The columns.</param>
    /// <param name="parts">A distribution for every field that is not empty.</param>
    /// <exception cref="ArgumentException">A field without a distribution of its width, or a distribution without a field.</exception>
    public FieldProduct(FieldLayout layout, IReadOnlyDictionary<string, Distribution> parts)
        : base(new(Checked(layout, parts).SelectMany(p => p.Part.Domain)))
    {
        _parts = Checked(layout, parts);
        foreach ((Field field, Distribution part) in _parts)
            Part(field.Name, part);
    }

    public override int DegreesOfFreedom => _parts.Sum(p => p.Part.DegreesOfFreedom);

    protected internal override Tensor LogDensityInside(Tensor x) =>
        _parts.Select(p => p.Part.LogDensityInside(x.narrow(1, p.Field.Start, p.Field.Length))).Aggregate((a, b) => a + b);

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        foreach ((Field field, Distribution part) in _parts)
            part.Draw(row.Slice(field.Start, field.Length), random);
    }

    private static (Field Field, Distribution Part)[] Checked(FieldLayout layout, IReadOnlyDictionary<string, Distribution> parts)
    {
        foreach (string name in parts.Keys)
            _ = layout[name];
        return [.. layout.Fields.Where(f => f.Length > 0).Select(f => parts.TryGetValue(f.Name, out Distribution? part)
            && part.Dimension == f.Length
            ? (f, part)
            : throw new ArgumentException($"Field '{f.Name}' takes a distribution of {f.Length} dimensions."))];
    }
}
