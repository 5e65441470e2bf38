namespace MolSampling.Potentials;

/// <summary>
/// Distances that dynamics holds: the configurations of a potential with constraints lie on the surface sigma(x) = 0, and velocities in its
/// tangent. Kernels that know nothing of it refuse such a potential.
/// </summary>
public interface IConstraints
{
    /// <summary>Degrees of freedom that are taken away.</summary>
    int Count { get; }

    /// <summary>Of everything that they depend on, for a potential's fingerprint.</summary>
    string Fingerprint { get; }

    /// <summary>Takes from velocities what would change the distances: v - M^-1 J^T (J M^-1 J^T)^-1 J v.</summary>
    /// <param name="positions">[D, W] nm, on the surface.</param>
    /// <param name="velocities">[D, W] nm/ps.</param>
    /// <param name="width">W.</param>
    void ProjectVelocities(ReadOnlySpan<float> positions, Span<float> velocities, int width);

    /// <summary>The same for one configuration, in double precision.</summary>
    /// <param name="positions">[D] nm, on the surface.</param>
    /// <param name="velocities">[D] nm/ps.</param>
    void ProjectVelocities(ReadOnlySpan<double> positions, Span<double> velocities);

    /// <summary>Moves positions back onto the surface along the constraints' forces at the old ones, and gives velocities the same
    /// displacement over the step.</summary>
    /// <param name="old">[D, W] nm, on the surface.</param>
    /// <param name="positions">[D, W] nm, a step later.</param>
    /// <param name="velocities">[D, W] nm/ps.</param>
    /// <param name="step">ps.</param>
    /// <param name="width">W.</param>
    void Settle(ReadOnlySpan<float> old, Span<float> positions, Span<float> velocities, double step, int width);

    /// <summary>The largest relative error of a distance.</summary>
    /// <param name="positions">[D] nm, of one configuration.</param>
    double LargestError(ReadOnlySpan<double> positions);

    /// <summary>Puts a configuration that is not on the surface, a file's with its rounded numbers, onto it.</summary>
    /// <param name="positions">[D] nm.</param>
    void Restore(Span<double> positions);
}
