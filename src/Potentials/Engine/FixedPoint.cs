namespace MolSampling.Potentials.Engine;

/// <summary>Coordinates of a periodic box as whole numbers of 2^-32 of its edge.</summary>
internal static class FixedPoint
{
    /// <summary>In edges.</summary>
    public const double Unit = 1 / Edge;

    /// <summary>In units.</summary>
    public const double Edge = 4294967296.0;
}
