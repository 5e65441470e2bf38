namespace MolSampling.Potentials;

/// <summary>Constraints of several kinds, with no atom in common.</summary>
/// <param name="parts">Of each kind.</param>
public sealed class JoinedConstraints(params IReadOnlyList<IConstraints> parts) : IConstraints
{
    /// <inheritdoc/>
    public int Count => parts.Sum(p => p.Count);

    /// <inheritdoc/>
    public string Fingerprint => string.Join(" and ", parts.Select(p => p.Fingerprint));

    /// <inheritdoc/>
    public void ProjectVelocities(ReadOnlySpan<float> positions, Span<float> velocities, int width)
    {
        foreach (IConstraints part in parts)
            part.ProjectVelocities(positions, velocities, width);
    }

    /// <inheritdoc/>
    public void ProjectVelocities(ReadOnlySpan<double> positions, Span<double> velocities)
    {
        foreach (IConstraints part in parts)
            part.ProjectVelocities(positions, velocities);
    }

    /// <inheritdoc/>
    public void Settle(ReadOnlySpan<float> old, Span<float> positions, Span<float> velocities, double step, int width)
    {
        foreach (IConstraints part in parts)
            part.Settle(old, positions, velocities, step, width);
    }

    /// <inheritdoc/>
    public double LargestError(ReadOnlySpan<double> positions)
    {
        double largest = 0;
        foreach (IConstraints part in parts)
            largest = Math.Max(largest, part.LargestError(positions));
        return largest;
    }

    /// <inheritdoc/>
    public void Restore(Span<double> positions)
    {
        foreach (IConstraints part in parts)
            part.Restore(positions);
    }
}
