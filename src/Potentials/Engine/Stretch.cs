namespace MolSampling.Potentials.Engine;

/// <summary>The edge of each walker's box over that of the box that the tables were made for.</summary>
/// <param name="ratio">L/L0.</param>
/// <param name="inverse">L0/L, rounded once.</param>
internal readonly struct Stretch<T>(T ratio, T inverse) where T : unmanaged, ILane<T>
{
    public readonly T Ratio = ratio, Inverse = inverse;

    /// <summary>The box that the tables were made for: products with it change no bit.</summary>
    public static Stretch<T> None => new(1.0, 1.0);
}
