using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// Lennard-Jones that ends at rc, of squares in fixed-point units: E = S(x) 4 eps ((sigma/r)^12 - (sigma/r)^6), S = 1 - 10 x^3 + 15 x^4 - 6
/// x^5, x = (r - rs)/(rc - rs), as <see cref="Terms.LennardJonesSwitched"/>.
/// </summary>
/// <param name="parameters">As <see cref="CutLennardJones.Parameters"/> has them, in the unit of each walker's own box.</param>
internal readonly unsafe struct CutLennardJones<T>(T* parameters) where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>In each walker's own box, whose unit of length is another.</summary>
    /// <param name="table">In the box of the table.</param>
    /// <param name="stretch">Of the walkers' boxes.</param>
    /// <param name="work"><see cref="CutLennardJones.Length"/> lanes.</param>
    public static CutLennardJones<T> In(byte* table, Stretch<T> stretch, T* work)
    {
        T perH2 = stretch.Inverse * stretch.Inverse;
        work[0] = T.Broadcast(table, 0) * perH2;
        work[1] = T.Broadcast(table, 1) * perH2;
        work[2] = T.Broadcast(table, 2) * stretch.Ratio;
        for (int n = 3; n < CutLennardJones.Length; n++)
            work[n] = T.Broadcast(table, n); // of the switch, in nm
        return new(work);
    }

    /// <summary>F/r, kJ/mol/nm a unit of length, and the energy, kJ/mol.</summary>
    /// <param name="square">In units.</param>
    /// <param name="sigma">nm.</param>
    /// <param name="fourEpsilon">kJ/mol.</param>
    /// <param name="slope">To be multiplied by the vector in units.</param>
    [MethodImpl(Inline)]
    public T Evaluate(T square, T sigma, T fourEpsilon, out T slope)
    {
        T top = parameters[0], h = parameters[2];
        T s = T.Min(square, top), y = T.ReciprocalSqrtEstimate(s), w = s * y * y;
        T inverseSquare = y * y * parameters[1] * (2.0 - w); // 1/r^2, 1/nm^2, up to the square of the estimate's error
        T r = s * y * T.MultiplyAdd(w, -0.5, 1.5) * h;
        T ratio = sigma * sigma * inverseSquare, sixth = ratio * ratio * ratio, a = sixth * fourEpsilon;
        T force = a * T.MultiplyAdd(sixth, 12.0, -6.0), energy = T.MultiplySubtract(a, sixth, a); // -r dE/dr, E
        T x = T.Max(T.MultiplyAdd(r, parameters[3], parameters[4]), 0.0), x2 = x * x;
        T fade = T.MultiplyAdd(x2 * x, T.MultiplyAdd(x, T.MultiplyAdd(x, -6.0, 15.0), -10.0), 1.0);
        T fall = x2 * T.MultiplyAdd(x, x - 2.0, 1.0) * r * parameters[5]; // -r dS/dr
        slope = T.IfLess(square, top, T.MultiplyAdd(fade, force, fall * energy) * inverseSquare * h, 0.0);
        return T.IfLess(square, top, fade * energy, 0.0);
    }

    /// <summary>The same with a soft core, E = lambda 4 eps x (x - 1) S(r), x = 1/(alpha (1 - lambda) + (r/sigma)^6), alpha = 1/2: finite
    /// at r = 0 below lambda = 1, and the plain one there. T. C. Beutler, A. E. Mark, R. C. van Schaik, P. R. Gerber, W. F. van Gunsteren,
    /// Chem. Phys. Lett. 222 (1994) 529.</summary>
    /// <param name="square">In units.</param>
    /// <param name="sigma">nm.</param>
    /// <param name="fourEpsilon">kJ/mol.</param>
    /// <param name="lambda">1 for the plain interaction.</param>
    /// <param name="slope">To be multiplied by the vector in units.</param>
    [MethodImpl(Inline)]
    public T EvaluateSoft(T square, T sigma, T fourEpsilon, T lambda, out T slope)
    {
        T top = parameters[0], s = T.Min(square, top), h = parameters[2];
        T r2 = s * (h * h), perSigma2 = T.Reciprocal(sigma * sigma), ratio = r2 * perSigma2, ratio2 = ratio * ratio;
        T x = T.Reciprocal(T.MultiplyAdd(ratio2, ratio, 0.5 * (1.0 - lambda))), depth = lambda * fourEpsilon;
        T energy = depth * x * (x - 1.0), pull = 6.0 * depth * x * x * (x + x - 1.0) * ratio2 * perSigma2; // E, -1/r dE/dr
        T r = T.Sqrt(r2), u = T.Max(T.MultiplyAdd(r, parameters[3], parameters[4]), 0.0), u2 = u * u;
        T fade = T.MultiplyAdd(u2 * u, T.MultiplyAdd(u, T.MultiplyAdd(u, -6.0, 15.0), -10.0), 1.0);
        // -1/r dS/dr: 0 where r is small, so what keeps the division from 0 does not show
        T fall = u2 * T.MultiplyAdd(u, u - 2.0, 1.0) * parameters[5] * T.Reciprocal(T.Max(r, 1e-3));
        slope = T.IfLess(square, top, T.MultiplyAdd(fade, pull, fall * energy) * h, 0.0);
        return T.IfLess(square, top, fade * energy, 0.0);
    }
}

/// <summary>What <see cref="CutLennardJones{T}"/> reads.</summary>
internal static class CutLennardJones
{
    /// <summary>How many <see cref="Parameters"/> there are.</summary>
    public const int Length = 6;

    /// <summary>rc^2 and 1/h^2 in units, h in nm, and those of the switch.</summary>
    /// <param name="edge">Of the box, nm.</param>
    /// <param name="cutoff">nm.</param>
    /// <param name="switchDistance">nm; null for a sharp end.</param>
    public static double[] Parameters(double edge, double cutoff, double? switchDistance)
    {
        double h = edge * FixedPoint.Unit, width = switchDistance is { } from && from < cutoff ? 1 / (cutoff - from) : 0;
        return [cutoff / h * (cutoff / h), 1 / (h * h), h, width, -(switchDistance ?? cutoff) * width, 30 * width];
    }
}
