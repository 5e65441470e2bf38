using System.Globalization;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>A point on an alchemical path: a value for every lambda. Two states are the same if all their values are, to the bit: files
/// print few digits, and always the same ones.</summary>
public sealed class LambdaState : IEquatable<LambdaState>
{
    private readonly double[] _values;

    /// <summary>Copies the values.</summary>
    /// <param name="values">[L]; -0 counts as 0.</param>
    /// <exception cref="ArgumentException">No value, or one that is not finite.</exception>
    public LambdaState(params ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("a lambda state needs at least one lambda", nameof(values));
        _values = values.ToArray();
        for (int l = 0; l < _values.Length; l++)
        {
            if (!double.IsFinite(_values[l]))
                throw new ArgumentException("a lambda that is not a finite number", nameof(values));
            _values[l] += 0.0; // -0 and 0 are one state
        }
    }

    /// <summary>[L].</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>Component by component, the first one first; a missing component comes first.</summary>
    public static int Compare(LambdaState a, LambdaState b) => a._values.AsSpan().SequenceCompareTo(b._values);

    /// <inheritdoc/>
    public bool Equals(LambdaState? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LambdaState);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (double value in _values)
            hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>"0.25", or "(0.5, 0)" for several.</summary>
    public override string ToString()
    {
        string[] texts = [.. _values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))];
        return texts.Length == 1 ? texts[0] : $"({string.Join(", ", texts)})";
    }
}
