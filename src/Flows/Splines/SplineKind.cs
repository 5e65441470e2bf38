namespace MolSampling.Flows.Splines;

/// <summary>What a spline does at the ends of its support [-B, B].</summary>
public enum SplineKind
{
    /// <summary>The identity outside, with slope 1 at both ends: P = 3K - 1 parameters (K widths, K heights, K - 1 inner slopes).</summary>
    LinearTails,

    /// <summary>[-B, B] onto itself and nothing outside, where value and log-derivative are NaN: P = 3K + 1 (K widths, K heights, K + 1 slopes).</summary>
    Interval,

    /// <summary>A circle of circumference 2B: one slope at both sides of the seam, then a rotation. P = 3K + 1 (K widths, K heights, K slopes, the rotation in the circle's own unit).</summary>
    Circular,
}
