namespace MolSampling.Potentials.Classical;

/// <summary>
/// The mean energy of Lennard-Jones beyond its cut-off and in its switch, of a liquid without structure there:
/// E = 2 pi N^2/V int (1 - S(r)) 4 &lt;eps ((sigma/r)^12 - (sigma/r)^6)&gt; r^2 dr, the mean over all pairs of atoms, themselves included.
/// M. R. Shirts, D. L. Mobley, J. D. Chodera, V. S. Pande, J. Phys. Chem. B 111 (2007) 13052; as OpenMM's NonbondedForce.
/// </summary>
public static class DispersionCorrection
{
    /// <summary>kJ/mol.</summary>
    /// <param name="particles">[N].</param>
    /// <param name="cutoff">nm.</param>
    /// <param name="switchDistance">nm; null for a sharp end.</param>
    /// <param name="volume">nm^3.</param>
    public static double Energy(IReadOnlyList<NonbondedParticle> particles, double cutoff, double? switchDistance, double volume)
    {
        var kinds = particles.GroupBy(p => (p.Sigma, p.Epsilon)).Select(g => (g.Key.Sigma, g.Key.Epsilon, Count: (double)g.Count()))
            .Where(k => k.Epsilon != 0).ToArray();
        double twelve = 0, six = 0, n = particles.Count;
        for (int a = 0; a < kinds.Length; a++)
        {
            for (int b = a; b < kinds.Length; b++)
            {
                double pairs = a == b ? kinds[a].Count * (kinds[a].Count + 1) / 2 : kinds[a].Count * kinds[b].Count;
                double sigma = (kinds[a].Sigma + kinds[b].Sigma) / 2, s6 = Math.Pow(sigma, 6);
                double depth = 4 * Math.Sqrt(kinds[a].Epsilon * kinds[b].Epsilon);
                twelve += pairs * depth * s6 * s6;
                six += pairs * depth * s6;
            }
        }
        double mean = n * (n + 1) / 2;
        return 2 * Math.PI * n * n / volume * Integral(twelve / mean, six / mean, cutoff, switchDistance);
    }

    /// <summary>The same of one atom in a liquid of others, for one of them a nm^3: 4 pi int (1 - S) 4 eps (...) r^2 dr, kJ
    /// nm^3/mol.</summary>
    /// <param name="atom">The one.</param>
    /// <param name="other">Of the liquid.</param>
    /// <param name="cutoff">nm.</param>
    /// <param name="switchDistance">nm; null for a sharp end.</param>
    public static double PerDensity(NonbondedParticle atom, NonbondedParticle other, double cutoff, double? switchDistance)
    {
        double s6 = Math.Pow((atom.Sigma + other.Sigma) / 2, 6), depth = 4 * Math.Sqrt(atom.Epsilon * other.Epsilon);
        return 4 * Math.PI * Integral(depth * s6 * s6, depth * s6, cutoff, switchDistance);
    }

    /// <summary>int (1 - S) (twelve/r^12 - six/r^6) r^2 dr.</summary>
    private static double Integral(double twelve, double six, double cutoff, double? switchDistance)
    {
        double rc3 = cutoff * cutoff * cutoff, integral = twelve / (9 * rc3 * rc3 * rc3) - six / (3 * rc3);
        if (switchDistance is { } from && from < cutoff)
        {
            const int intervals = 2000; // Simpson's rule; 1 - S is smooth
            double h = (cutoff - from) / intervals;
            for (int k = 0; k <= intervals; k++)
            {
                double r = from + k * h, x = (double)k / intervals, r2 = r * r, r6 = r2 * r2 * r2;
                double weight = (k == 0 || k == intervals ? 1 : k % 2 == 1 ? 4 : 2) * h / 3;
                integral += weight * x * x * x * (10 + x * (-15 + 6 * x)) * (twelve / (r6 * r6) - six / r6) * r2;
            }
        }
        return integral;
    }
}
