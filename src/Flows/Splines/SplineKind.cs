namespace MolSampling.Flows.Splines;

/// <summary>What a spline does at the ends of its support [low, high].</summary>
public enum SplineKind
{
    /// <summary>The identity outside, with slope 1 at both ends: P = 3K - 1 parameters (K widths, K heights, K - 1 inner slopes).</summary>
    LinearTails,

    /// <summary>[low, high] onto itself and nothing outside, where value and log-derivative are NaN: P = 3K + 1 (K widths, K heights, K + 1
    /// slopes).</summary>
    Interval,

    /// <summary>A circle of circumference high - low, turned before the spline, with one slope at both sides of the seam. P = 3K + 1 (K
    /// widths, K heights, K slopes, the turn in radians: 2 pi is once around).</summary>
    Circular,
}
